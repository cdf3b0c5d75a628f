#include "passes/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/dtype.h"
#include "base/half.h"

namespace lathe::passes {
namespace {

bool is_unsigned(DType type) {
  return type == DType::u8 || type == DType::u16 || type == DType::u32 || type == DType::u64 || type == DType::boolean;
}

std::optional<double> rounded(double number, DType type) {
  if (std::isnan(number)) return std::nullopt;
  if (type == DType::f64) return number;
  const bool is_beyond = std::fabs(number) > static_cast<double>(std::numeric_limits<float>::max());
  const float single =
      is_beyond ? std::copysign(HUGE_VALF, static_cast<float>(number > 0 ? 1 : -1)) : static_cast<float>(number);
  switch (type) {
    case DType::f32: return single;
    case DType::f16: return f16_to_f32(f32_to_f16(single));
    case DType::bf16: return bf16_to_f32(f32_to_bf16(single));
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<double> held(double number, DType type) {
  if (is_float(type)) return rounded(number, type);
  if (bits_of(type) < 8 || std::trunc(number) != number || std::fabs(number) > 0x1p53) return std::nullopt;
  if (type == DType::boolean) return number == 0 || number == 1 ? std::optional(number) : std::nullopt;
  const double most = std::ldexp(1, bits_of(type) - (is_unsigned(type) ? 0 : 1));
  return number < most && number >= (is_unsigned(type) ? 0 : -most) ? std::optional(number) : std::nullopt;
}

std::optional<double> computed(ops::BinaryKind kind, double a, double b, DType type) {
  if (std::isnan(a) || std::isnan(b)) return std::nullopt;
  switch (kind) {
    case ops::BinaryKind::add: return held(a + b, type);
    case ops::BinaryKind::sub: return held(a - b, type);
    case ops::BinaryKind::mul: return held(a * b, type);
    case ops::BinaryKind::min: return held(std::min(a, b), type);
    case ops::BinaryKind::max: return held(std::max(a, b), type);
    case ops::BinaryKind::div:
      if (is_float(type)) return held(a / b, type);
      return b == 0 ? 0 : held(std::trunc(a / b), type);
    default: return std::nullopt;
  }
}

bool holds_all(DType type, DType of) {
  if (is_float(type) || is_float(of)) return false;
  if (is_unsigned(type) && !is_unsigned(of)) return false;
  return bits_of(type) > bits_of(of) || (bits_of(type) == bits_of(of) && is_unsigned(type) == is_unsigned(of));
}

bool resolves(DType type, double beside) {
  switch (type) {
    case DType::f64: return std::fabs(beside) <= 0x1p48;
    case DType::f32: return std::fabs(beside) <= 0x1p20;
    case DType::f16: return std::fabs(beside) <= 0x1p8;
    case DType::bf16: return std::fabs(beside) <= 0x1p5;
    default: return !is_float(type);
  }
}

int64_t largest_factor(DType type) {
  switch (type) {
    case DType::i64:
    case DType::f64: return int64_t{1} << 40;
    case DType::i32:
    case DType::f32: return int64_t{1} << 20;
    default: return 0;
  }
}

}  // namespace lathe::passes
