#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class ArgKind : uint8_t { max, min };
LATHE_ENUM_TEXT(ArgKind, "arg kind", "max", "min");

/// y = where along the axis the largest (smallest) element of x is: i64. Of equal ones it is the first, or with `last`
/// the last. A NaN is larger and smaller than all else, as in numpy. The axis stays with size 1, or vanishes without
/// keep_dims. Where it has no elements but the result has some, the run stops with an error (out_of_range).
/// ONNX ArgMax, ArgMin, https://onnx.ai/onnx/operators/onnx__ArgMax.html
struct Arg {
  ArgKind kind{ArgKind::max};
  int64_t axis{0};
  bool keep_dims{true};
  bool last{false};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
    v.field("axis", axis);
    v.field("keep_dims", keep_dims);
    v.field("last", last);
  }
  LATHE_OP_STRUCT(Arg);
};
Types infer(const Arg& op, const Types& in);
bool row_form(const Arg& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
