#include "ops/binary.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/combine.h"
#include "backends/reference/definition.h"
#include "base/dtype.h"

namespace lathe::backends::reference {
namespace {
using ops::BinaryKind;

/// What is left has the sign of b; a zero too.
double modulo(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

double apply(BinaryKind kind, double a, double b) {
  switch (kind) {
    case BinaryKind::add: return a + b;
    case BinaryKind::sub: return a - b;
    case BinaryKind::mul: return a * b;
    case BinaryKind::div: return a / b;
    case BinaryKind::pow: return std::pow(a, b);
    case BinaryKind::min: return a < b || std::isnan(a) ? a : b;
    case BinaryKind::max: return a > b || std::isnan(a) ? a : b;
    case BinaryKind::mod: return modulo(a, b);
    case BinaryKind::fmod: return std::fmod(a, b);
    case BinaryKind::floor_div: return std::floor(a / b);
    default: return a;
  }
}

uint64_t wide(int64_t x) { return static_cast<uint64_t>(x); }

uint64_t power_of(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (uint64_t square = base; exponent > 0; exponent /= 2, square *= square)
    if (exponent % 2 == 1) result *= square;
  return result;
}

int64_t power(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  return static_cast<int64_t>(power_of(wide(base), wide(exponent)));
}

/// By zero all give 0; the lowest number by -1 wraps around.
int64_t divide(BinaryKind kind, int64_t a, int64_t b) {
  if (b == 0) return 0;
  const bool whole = kind == BinaryKind::div || kind == BinaryKind::floor_div;
  if (b == -1) return whole ? static_cast<int64_t>(0 - wide(a)) : 0;
  const int64_t quotient = a / b, rest = a % b;
  const bool below = rest != 0 && (rest < 0) != (b < 0);  // the quotient lies between two whole numbers below zero
  switch (kind) {
    case BinaryKind::floor_div: return below ? quotient - 1 : quotient;
    case BinaryKind::mod: return below ? rest + b : rest;
    case BinaryKind::fmod: return rest;
    default: return quotient;
  }
}

/// Of a number of `bits` bits; the shift is that type's too, and taken as unsigned.
int64_t shift(BinaryKind kind, int64_t a, int64_t by, int bits) {
  const bool out = by < 0 || by >= bits;
  if (kind == BinaryKind::shift_right) return a >> (out ? 63 : by);
  return out ? 0 : static_cast<int64_t>(wide(a) << by);
}

/// Integers wrap around.
int64_t apply(BinaryKind kind, int64_t a, int64_t b, int bits) {
  switch (kind) {
    case BinaryKind::add: return static_cast<int64_t>(wide(a) + wide(b));
    case BinaryKind::sub: return static_cast<int64_t>(wide(a) - wide(b));
    case BinaryKind::mul: return static_cast<int64_t>(wide(a) * wide(b));
    case BinaryKind::div:
    case BinaryKind::floor_div:
    case BinaryKind::mod:
    case BinaryKind::fmod: return divide(kind, a, b);
    case BinaryKind::pow: return power(a, b);
    case BinaryKind::min: return std::min(a, b);
    case BinaryKind::max: return std::max(a, b);
    case BinaryKind::and_: return a & b;
    case BinaryKind::or_: return a | b;
    case BinaryKind::xor_: return a ^ b;
    case BinaryKind::shift_left:
    case BinaryKind::shift_right: return shift(kind, a, b, bits);
  }
  return a;
}

/// 64-bit unsigned integers, which travel as int64_t, where their sign would be seen.
int64_t apply_unsigned(BinaryKind kind, int64_t a, int64_t b) {
  const uint64_t x = wide(a), y = wide(b);
  switch (kind) {
    case BinaryKind::div:
    case BinaryKind::floor_div: return static_cast<int64_t>(y == 0 ? 0 : x / y);
    case BinaryKind::mod:
    case BinaryKind::fmod: return static_cast<int64_t>(y == 0 ? 0 : x % y);
    case BinaryKind::pow: return static_cast<int64_t>(power_of(x, y));
    case BinaryKind::min: return static_cast<int64_t>(std::min(x, y));
    case BinaryKind::max: return static_cast<int64_t>(std::max(x, y));
    case BinaryKind::shift_right: return static_cast<int64_t>(y < 64 ? x >> y : 0);
    default: return apply(kind, a, b, 64);
  }
}

void run(const ops::Binary& op, const Launch& launch) {
  const TensorView &a = launch.inputs[0], &b = launch.inputs[1], &y = launch.outputs[0];
  const int bits = bits_of(y.dtype);
  if (is_float(y.dtype))
    combine<double>(a, b, y, [&](double p, double q) { return apply(op.kind, p, q); });
  else if (y.dtype == DType::u64)
    combine<int64_t>(a, b, y, [&](int64_t p, int64_t q) { return apply_unsigned(op.kind, p, q); });
  else
    combine<int64_t>(a, b, y, [&](int64_t p, int64_t q) { return apply(op.kind, p, q, bits); });
}

}  // namespace
LATHE_REFERENCE(Binary, binary, .run = run)
}  // namespace lathe::backends::reference
