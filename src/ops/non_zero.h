#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// Where the elements lie that are not zero; NaN is not. Input: x of any type, rank r. Output: i64 [r, count], a column
/// of indices for each, in row-major order: y[d, i] is the index along dimension d of the i-th. A scalar counts as [1].
/// `symbol` names the count, known when the op has run; at most all elements.
/// ONNX NonZero, https://onnx.ai/onnx/operators/onnx__NonZero.html
struct NonZero {
  std::string symbol{"count"};  ///< no other value of the network has it

  template <class V>
  void fields(V& v) {
    v.field("symbol", symbol);
  }
  LATHE_OP_STRUCT(NonZero);
};
Types infer(const NonZero& op, const Types& in);
std::vector<Count> counts(const NonZero& op, const Types& in);

}  // namespace lathe::ops
