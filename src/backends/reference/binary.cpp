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

uint64_t power_of(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (uint64_t square = base; exponent > 0; exponent /= 2, square *= square)
    if (exponent % 2 == 1) result *= square;
  return result;
}

int64_t power(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  return static_cast<int64_t>(power_of(static_cast<uint64_t>(base), static_cast<uint64_t>(exponent)));
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

/// 64-bit unsigned integers, which travel as int64_t, where their sign would be seen.
int64_t apply_unsigned(ops::BinaryKind kind, int64_t a, int64_t b) {
  const auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  switch (kind) {
    case ops::BinaryKind::div: return static_cast<int64_t>(y == 0 ? 0 : x / y);
    case ops::BinaryKind::pow: return static_cast<int64_t>(power_of(x, y));
    case ops::BinaryKind::min: return static_cast<int64_t>(std::min(x, y));
    case ops::BinaryKind::max: return static_cast<int64_t>(std::max(x, y));
    default: return apply(kind, a, b);
  }
}

template <class Value, class Apply>
void combine(const Launch& launch, Apply apply_to) {
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
      for (int64_t i = 0; i < n; ++i) x[i] = apply_to(x[i], z[i]);
      store_run(y, row * width + column, n, x);
    }
}

void run(const ops::Binary& op, const Launch& launch) {
  const DType type = launch.outputs[0].dtype;
  if (is_float(type))
    combine<double>(launch, [&](double a, double b) { return apply(op.kind, a, b); });
  else if (type == DType::u64)
    combine<int64_t>(launch, [&](int64_t a, int64_t b) { return apply_unsigned(op.kind, a, b); });
  else
    combine<int64_t>(launch, [&](int64_t a, int64_t b) { return apply(op.kind, a, b); });
}

}  // namespace
LATHE_REFERENCE(Binary, binary, .run = run)
}  // namespace lathe::backends::reference
