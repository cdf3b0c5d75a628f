#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// x with `before[d]` and `after[d]` elements of `value` around it along each dimension d. A second input may give them
/// all, i32 or i64 [2 rank], known from sizes: every `before`, then every `after`; with a third, constant one, for the
/// axes that it names. None is negative: a run that finds otherwise stops with an error (out_of_range).
/// ONNX Pad, mode constant, https://onnx.ai/onnx/operators/onnx__Pad.html
struct Pad {
  std::vector<Dim> before{};
  std::vector<Dim> after{};
  double value{0};

  template <class V>
  void fields(V& v) {
    v.field("before", before);
    v.field("after", after);
    v.field("value", value);
  }
  LATHE_OP_STRUCT(Pad);
};
Types infer(const Pad& op, const Types& in);
size_t resolve(Pad& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
