#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class ReduceKind : uint8_t { sum, mean, max, min, prod };
LATHE_ENUM_TEXT(ReduceKind, "reduce kind", "sum", "mean", "max", "min", "prod");

/// y = kind over the given axes; over none, y = x. Reduced axes stay with size 1, or vanish without keep_dims. Inputs:
/// x of numbers; max (any) and min (all) take bool too.
///
/// Integers wrap around, and their mean truncates. A NaN makes the result NaN. Of no elements, sum is 0 and prod 1,
/// mean NaN (integers: 0), max the lowest value of the type (-inf, false) and min the highest (inf, true). ONNX
/// ReduceSum, ReduceMax, ..; TensorRT IReduceLayer
struct Reduce {
  ReduceKind kind{ReduceKind::sum};
  std::vector<int64_t> axes{};
  bool keep_dims{true};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
    v.field("axes", axes);
    v.field("keep_dims", keep_dims);
  }
  LATHE_OP_STRUCT(Reduce);
};
Types infer(const Reduce& op, const Types& in);
Elements elements(const Reduce& op, const Types& in, const Contents& known);
bool row_form(const Reduce& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
