#include "ops/binary.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

double apply(ops::BinaryKind kind, double a, double b) {
  switch (kind) {
    case ops::BinaryKind::add: return a + b;
    case ops::BinaryKind::sub: return a - b;
    case ops::BinaryKind::mul: return a * b;
    case ops::BinaryKind::div: return a / b;
    case ops::BinaryKind::pow: return std::pow(a, b);
    case ops::BinaryKind::min: return a < b || std::isnan(a) ? a : b;
    case ops::BinaryKind::max: return a > b || std::isnan(a) ? a : b;
  }
  return a;
}

int64_t power(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  uint64_t result = 1;
  for (auto square = static_cast<uint64_t>(base); exponent > 0; exponent /= 2, square *= square)
    if (exponent % 2 == 1) result *= square;
  return static_cast<int64_t>(result);
}

/// Integers wrap around; division truncates, by zero it gives 0.
int64_t apply(ops::BinaryKind kind, int64_t a, int64_t b) {
  auto wide = [](int64_t x) { return static_cast<uint64_t>(x); };
  switch (kind) {
    case ops::BinaryKind::add: return static_cast<int64_t>(wide(a) + wide(b));
    case ops::BinaryKind::sub: return static_cast<int64_t>(wide(a) - wide(b));
    case ops::BinaryKind::mul: return static_cast<int64_t>(wide(a) * wide(b));
    case ops::BinaryKind::div: return b == 0 ? 0 : b == -1 ? static_cast<int64_t>(0 - wide(a)) : a / b;
    case ops::BinaryKind::pow: return power(a, b);
    case ops::BinaryKind::min: return std::min(a, b);
    case ops::BinaryKind::max: return std::max(a, b);
  }
  return a;
}

/// How an input repeats to fill the output: a stride of 0 along broadcast dimensions.
struct Broadcast {
  int64_t stride[Shape::kMaxRank] = {};
  Broadcast(const Shape& input, const Shape& output) {
    Strides own(input);
    int offset = output.rank() - input.rank();
    for (int d = 0; d < input.rank(); ++d) stride[offset + d] = input[d] == 1 ? 0 : own.of[d];
  }
};

template <class Value>
void combine(ops::BinaryKind kind, const Launch& launch) {
  const TensorView &a = launch.inputs[0], &b = launch.inputs[1], &y = launch.outputs[0];
  Broadcast pa(a.shape, y.shape), pb(b.shape, y.shape);
  int last = y.shape.rank() - 1;
  int64_t width = y.width();
  Value x[kChunk], z[kChunk];
  auto fetch = [&](const TensorView& t, const Broadcast& p, int64_t row, int64_t column, int64_t n, Value* out) {
    int64_t start = last < 0 ? 0 : locate(row, y.shape, last, p.stride);
    bool repeats = last < 0 || p.stride[last] == 0;
    load_run(t, repeats ? start : start + column, repeats ? 1 : n, out);
    if (repeats) std::fill(out + 1, out + n, out[0]);
  };
  for (int64_t row = 0; row < y.rows(); ++row)
    for (int64_t column = 0; column < width; column += kChunk) {
      int64_t n = std::min(kChunk, width - column);
      fetch(a, pa, row, column, n, x);
      fetch(b, pb, row, column, n, z);
      for (int64_t i = 0; i < n; ++i) x[i] = apply(kind, x[i], z[i]);
      store_run(y, row * width + column, n, x);
    }
}

void run(const ops::Binary& op, const Launch& launch) {
  if (is_float(launch.outputs[0].dtype))
    combine<double>(op.kind, launch);
  else
    combine<int64_t>(op.kind, launch);
}

}  // namespace
LATHE_REFERENCE(Binary, binary, .run = run)
}  // namespace lathe::backends::reference
