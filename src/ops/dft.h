#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// The discrete Fourier transform along `axis`, any but the last, of x [.., 1] (real) or [.., 2] (real and imaginary
/// parts), floating point, of n numbers: `length`, or the size of the axis; x is cut or filled up with zeros to that.
///
///   y_k = sum_t x_t e^(-2 pi i k t / n)                    [.., n, .., 2]
///   y_k, k <= n/2, where onesided                          [.., n/2 + 1, .., 2]
///   y_t = 1/n sum_k x_k e^(2 pi i k t / n), inverse        [.., n, .., 2]
///   the real y of which x is the onesided transform        [.., n, .., 1], inverse and onesided; n is 2 (size - 1)
///                                                          where no length is given
///
/// A second input may give the length, one i32 or i64 known from sizes, a third the axis, constant.
/// ONNX DFT, https://onnx.ai/onnx/operators/onnx__DFT.html
struct Dft {
  int64_t axis{-2};
  bool inverse{false};
  bool onesided{false};
  std::vector<Dim> length{};  ///< one or none

  template <class V>
  void fields(V& v) {
    v.field("axis", axis);
    v.field("inverse", inverse);
    v.field("onesided", onesided);
    v.field("length", length);
  }
  LATHE_OP_STRUCT(Dft);
};
Types infer(const Dft& op, const Types& in);
size_t resolve(Dft& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
