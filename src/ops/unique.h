#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// What is different in x: in all its elements, or with `along_axis` in its parts along `axis`. Outputs:
///   y        each of them once: [count] or x's shape with `count` along the axis; the first of equal ones
///   indices  i64 [count], where in x each is found first
///   inverse  i64 [n], which of y each element (part) of x equals
///   counts   i64 [count], how often each is there
/// `sorted`: rising, parts by their elements in row-major order; else as they come. NaN is above all and equals itself;
/// -0 is 0. `symbol` names the count, known when the op has run; at most n.
/// ONNX Unique, https://onnx.ai/onnx/operators/onnx__Unique.html
struct Unique {
  bool along_axis{false};
  int64_t axis{0};
  bool sorted{true};
  std::string symbol{"count"};  ///< no other value of the network has it

  template <class V>
  void fields(V& v) {
    v.field("along_axis", along_axis);
    v.field("axis", axis);
    v.field("sorted", sorted);
    v.field("symbol", symbol);
  }
  LATHE_OP_STRUCT(Unique);
};
Types infer(const Unique& op, const Types& in);
std::vector<Count> counts(const Unique& op, const Types& in);

}  // namespace lathe::ops
