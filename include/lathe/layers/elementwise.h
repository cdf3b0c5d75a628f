#pragma once
#include "lathe/network.h"

namespace lathe {

/// An operand: a tensor, or a number of the other operand's type.
class Operand {
 public:
  Operand(const Tensor& tensor) : tensor_(tensor) {}  // NOLINT(google-explicit-constructor): a tensor is an operand
  Operand(double number) : number_(number) {}         // NOLINT(google-explicit-constructor): and so is a number
  const Tensor& tensor() const { return tensor_; }
  double number() const { return number_; }

 private:
  Tensor tensor_;
  double number_ = 0;
};

// # elementwise

/// y = a (op) b, element by element, broadcast as in numpy; both of one type, which y has.
///
///   + - *            numbers; integers wrap around
///   /                of integers rounded towards 0, by zero 0
///   minimum maximum  NaN where either is NaN
///   pow              a^b
///   floor_div        floor(a / b)
///   mod, fmod        a - b floor(a / b); a - b trunc(a / b)
///   logical_*        bool: and, or, exclusive or; of integers bit by bit
LATHE_API Tensor operator+(const Operand& a, const Operand& b);
LATHE_API Tensor operator-(const Operand& a, const Operand& b);
LATHE_API Tensor operator*(const Operand& a, const Operand& b);
LATHE_API Tensor operator/(const Operand& a, const Operand& b);
LATHE_API Tensor minimum(const Operand& a, const Operand& b);
LATHE_API Tensor maximum(const Operand& a, const Operand& b);
LATHE_API Tensor pow(const Operand& a, const Operand& b);
LATHE_API Tensor floor_div(const Operand& a, const Operand& b);
LATHE_API Tensor mod(const Operand& a, const Operand& b);
LATHE_API Tensor fmod(const Operand& a, const Operand& b);
LATHE_API Tensor logical_and(const Tensor& a, const Tensor& b);
LATHE_API Tensor logical_or(const Tensor& a, const Tensor& b);
LATHE_API Tensor logical_xor(const Tensor& a, const Tensor& b);

// # comparison

/// y = a (op) b, element by element, broadcast as in numpy: bool. NaN is not equal to anything, and neither less nor
/// greater. Booleans are only equal or not.
LATHE_API Tensor equal(const Operand& a, const Operand& b);
LATHE_API Tensor not_equal(const Operand& a, const Operand& b);
LATHE_API Tensor less(const Operand& a, const Operand& b);
LATHE_API Tensor less_equal(const Operand& a, const Operand& b);
LATHE_API Tensor greater(const Operand& a, const Operand& b);
LATHE_API Tensor greater_equal(const Operand& a, const Operand& b);

// # unary

/// y = f(x), element by element, of x's type: floats, but for
///
///   -x abs sign  integers too, which wrap around; sign is -1, 0 or 1
///   logical_not  bool; of integers every bit turned
///   is_nan is_inf  give bool
///
/// round goes to the nearest whole number, ties to the even one; recip is 1 / x, rsqrt 1 / sqrt x.
LATHE_API Tensor operator-(const Tensor& x);
LATHE_API Tensor exp(const Tensor& x);
LATHE_API Tensor log(const Tensor& x);
LATHE_API Tensor sqrt(const Tensor& x);
LATHE_API Tensor rsqrt(const Tensor& x);
LATHE_API Tensor recip(const Tensor& x);
LATHE_API Tensor abs(const Tensor& x);
LATHE_API Tensor erf(const Tensor& x);
LATHE_API Tensor sin(const Tensor& x);
LATHE_API Tensor cos(const Tensor& x);
LATHE_API Tensor tan(const Tensor& x);
LATHE_API Tensor asin(const Tensor& x);
LATHE_API Tensor acos(const Tensor& x);
LATHE_API Tensor atan(const Tensor& x);
LATHE_API Tensor sinh(const Tensor& x);
LATHE_API Tensor cosh(const Tensor& x);
LATHE_API Tensor asinh(const Tensor& x);
LATHE_API Tensor acosh(const Tensor& x);
LATHE_API Tensor atanh(const Tensor& x);
LATHE_API Tensor floor(const Tensor& x);
LATHE_API Tensor ceil(const Tensor& x);
LATHE_API Tensor round(const Tensor& x);
LATHE_API Tensor sign(const Tensor& x);
LATHE_API Tensor is_nan(const Tensor& x);
LATHE_API Tensor is_inf(const Tensor& x);
LATHE_API Tensor logical_not(const Tensor& x);

// # select

/// y = condition ? a : b, element by element, the three broadcast together. Condition bool, a and b of one type.
LATHE_API Tensor select(const Tensor& condition, const Operand& a, const Operand& b);

// # cast

/// y = x in another type. Narrowing of floats rounds to nearest even; float to integer truncates and saturates, NaN is
/// 0; integers to narrower ones keep their lower bits; to bool: x != 0.
LATHE_API Tensor cast(const Tensor& x, DType type);

// # identity

/// y = x.
LATHE_API Tensor identity(const Tensor& x);

// # scale

/// Which elements share a number: all, those of one index along an axis, none.
enum class ScaleMode : uint8_t { uniform, channel, element };
struct ScaleOptions {
  ScaleMode mode = ScaleMode::uniform;
  int channel_axis = 1;  ///< channel: whose indices have numbers of their own; element: the first of the dimensions
};
/// y = (x scale + shift)^power, each as large as `mode` says: [], [c], or the dimensions of x from the axis on. One
/// that is no tensor is 1, 0 and 1.
LATHE_API Tensor scale(const Tensor& x, const Tensor& shift, const Tensor& scale, const Tensor& power = {},
                       const ScaleOptions& options = {});

}  // namespace lathe
