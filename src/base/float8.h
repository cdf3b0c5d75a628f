#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lathe {

/// The 8-bit floats of the OCP specification "8-bit Floating Point", revision 1.0: a sign, exponent bits, mantissa
/// bits.
struct Float8Form {
  int mantissa, bias;
  uint8_t largest;    ///< finite, without its sign
  bool has_infinity;  ///< one above it; NaN beyond
};
inline constexpr Float8Form kE4M3{3, 7, 0x7e, false}, kE5M2{2, 15, 0x7b, true};

inline float f8_to_f32(uint8_t bits, const Float8Form& form) {
  const int code = bits & 0x7f, fraction = code & ((1 << form.mantissa) - 1), exponent = code >> form.mantissa;
  const float sign = bits & 0x80 ? -1.0f : 1.0f;
  if (code > form.largest)
    return form.has_infinity && code == form.largest + 1 ? sign * std::numeric_limits<float>::infinity()
                                                         : std::numeric_limits<float>::quiet_NaN();
  const int whole = exponent == 0 ? fraction : fraction | 1 << form.mantissa;
  return sign * std::ldexp(static_cast<float>(whole), std::max(exponent, 1) - form.bias - form.mantissa);
}

/// To nearest, ties to even; what is beyond the largest finite number becomes that (as ONNX Cast saturates), NaN NaN.
inline uint8_t f32_to_f8(float x, const Float8Form& form) {
  const auto sign = static_cast<uint8_t>(std::signbit(x) ? 0x80 : 0);
  if (std::isnan(x)) return static_cast<uint8_t>(sign | 0x7f);
  const float size = std::abs(x);
  if (size >= f8_to_f32(form.largest, form)) return static_cast<uint8_t>(sign | form.largest);
  // Steps of the exponent's binade; a sum that reaches the next binade has that one's code.
  const int exponent = size > 0 ? std::max(std::ilogb(size) + form.bias, 1) : 1;
  const float steps = std::ldexp(size, form.bias + form.mantissa - exponent), below = std::floor(steps);
  auto code = static_cast<int>(below);
  if (steps - below > 0.5f || (steps - below == 0.5f && (code & 1) != 0)) ++code;
  return static_cast<uint8_t>(sign | (code + ((exponent - 1) << form.mantissa)));
}

/// Whether x rounds to what is beyond the largest finite number, or is infinite.
inline bool is_beyond_f8(double x, const Float8Form& form) {
  const double largest = f8_to_f32(form.largest, form);
  // Half a step above it: a tie goes to the even one of both.
  const double border = largest + std::ldexp(0.5, std::ilogb(largest) - form.mantissa);
  return std::abs(x) > border || (std::abs(x) == border && form.largest % 2 == 1);
}

}  // namespace lathe
