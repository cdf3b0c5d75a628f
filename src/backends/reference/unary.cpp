#include "ops/unary.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "base/dtype.h"

namespace lathe::backends::reference {
namespace {
using ops::UnaryKind;

double apply(UnaryKind kind, double x) {
  switch (kind) {
    case UnaryKind::exp: return std::exp(x);
    case UnaryKind::log: return std::log(x);
    case UnaryKind::sqrt: return std::sqrt(x);
    case UnaryKind::rsqrt: return 1 / std::sqrt(x);
    case UnaryKind::recip: return 1 / x;
    case UnaryKind::neg: return -x;
    case UnaryKind::abs: return std::abs(x);
    case UnaryKind::erf: return std::erf(x);
    case UnaryKind::sin: return std::sin(x);
    case UnaryKind::cos: return std::cos(x);
    case UnaryKind::tan: return std::tan(x);
    case UnaryKind::asin: return std::asin(x);
    case UnaryKind::acos: return std::acos(x);
    case UnaryKind::atan: return std::atan(x);
    case UnaryKind::sinh: return std::sinh(x);
    case UnaryKind::cosh: return std::cosh(x);
    case UnaryKind::asinh: return std::asinh(x);
    case UnaryKind::acosh: return std::acosh(x);
    case UnaryKind::atanh: return std::atanh(x);
    case UnaryKind::floor: return std::floor(x);
    case UnaryKind::ceil: return std::ceil(x);
    case UnaryKind::round: return std::nearbyint(x);
    case UnaryKind::sign: return x > 0 ? 1 : x < 0 ? -1 : x;
    case UnaryKind::is_nan: return std::isnan(x);
    case UnaryKind::is_inf: return std::isinf(x);
    case UnaryKind::not_: break;
  }
  return x;
}

/// Integers wrap around; what is unsigned is stored as such.
int64_t apply_whole(UnaryKind kind, int64_t x) {
  const auto minus = [](int64_t v) { return static_cast<int64_t>(0 - static_cast<uint64_t>(v)); };
  switch (kind) {
    case UnaryKind::neg: return minus(x);
    case UnaryKind::abs: return x < 0 ? minus(x) : x;
    case UnaryKind::sign: return (x > 0) - (x < 0);
    case UnaryKind::not_: return ~x;
    default: return x;
  }
}

/// 64-bit unsigned integers, which travel as int64_t, where their sign would be seen.
int64_t apply_unsigned(UnaryKind kind, int64_t x) {
  switch (kind) {
    case UnaryKind::abs: return x;
    case UnaryKind::sign: return x != 0;
    default: return apply_whole(kind, x);
  }
}

template <class Value, class Apply>
void map(const Launch& launch, Apply apply_to) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  Value values[kChunk];
  const int64_t count = y.shape.count();
  for (int64_t at = 0; at < count; at += kChunk) {
    const int64_t n = std::min(kChunk, count - at);
    load_run(x, at, n, values);
    for (int64_t i = 0; i < n; ++i) values[i] = apply_to(values[i]);
    store_run(y, at, n, values);
  }
}

void run(const ops::Unary& op, const Launch& launch) {
  const DType type = launch.inputs[0].dtype;
  if (is_float(type))
    map<double>(launch, [&](double x) { return apply(op.kind, x); });
  else if (type == DType::boolean)
    map<int64_t>(launch, [](int64_t x) { return static_cast<int64_t>(x == 0); });
  else if (type == DType::u64)
    map<int64_t>(launch, [&](int64_t x) { return apply_unsigned(op.kind, x); });
  else
    map<int64_t>(launch, [&](int64_t x) { return apply_whole(op.kind, x); });
}

}  // namespace
LATHE_REFERENCE(Unary, unary, .run = run)
}  // namespace lathe::backends::reference
