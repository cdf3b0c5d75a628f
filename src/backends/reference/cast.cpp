#include "ops/cast.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "base/float8.h"
#include "base/half.h"

namespace lathe::backends::reference {
namespace {

template <class Value>
void convert(const TensorView& x, const TensorView& y) {
  Value values[kChunk];
  int64_t count = y.shape.count();
  for (int64_t at = 0; at < count; at += kChunk) {
    int64_t n = std::min(kChunk, count - at);
    load_run(x, at, n, values);
    store_run(y, at, n, values);
  }
}

/// Whole models of 16-bit weights are widened when a folder is built, so this case has loops of its own.
void widen_to_f32(const TensorView& x, const TensorView& y) {
  const auto* from = x.as<const uint16_t>();
  auto* to = y.as<float>();
  int64_t count = y.shape.count();
  if (x.dtype == DType::bf16)
    for (int64_t i = 0; i < count; ++i) to[i] = bf16_to_f32(from[i]);
  else
    for (int64_t i = 0; i < count; ++i) to[i] = f16_to_f32(from[i]);
}

/// To 8-bit floats, where what is beyond the largest number becomes the code above it: infinity, or NaN.
void convert_unsaturated(const TensorView& x, const TensorView& y) {
  const Float8Form& form = y.dtype == DType::f8e4m3 ? kE4M3 : kE5M2;
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    const double value = load(x, i);
    store(y, i, value);
    if (!is_beyond_f8(value, form)) continue;
    auto code = static_cast<uint8_t>((form.largest + 1) | (value < 0 ? 0x80 : 0));
    TensorView one;
    one.data = &code;
    one.dtype = y.dtype;
    copy_run(y, i, one, 0, 1);
  }
}

void run(const ops::Cast& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const bool float8 = y.dtype == DType::f8e4m3 || y.dtype == DType::f8e5m2;
  bool is_half = x.dtype == DType::f16 || x.dtype == DType::bf16;
  if (x.dtype == y.dtype)
    copy_run(y, 0, x, 0, y.shape.count());
  else if (float8 && !op.saturate)
    convert_unsaturated(x, y);
  else if (is_half && y.dtype == DType::f32 && contiguous(x) && contiguous(y))
    widen_to_f32(x, y);
  else if (is_float(x.dtype) || is_float(y.dtype))
    convert<double>(x, y);
  else
    convert<int64_t>(x, y);
}

}  // namespace
LATHE_REFERENCE(Cast, cast, .run = run)
}  // namespace lathe::backends::reference
