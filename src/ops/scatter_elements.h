#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

/// What becomes of an element that is written: the update takes its place, or is joined with it.
enum class ScatterReduction : uint8_t { none, add, mul, max, min };
LATHE_ENUM_TEXT(ScatterReduction, "scatter reduction", "none", "add", "mul", "max", "min");

/// y = data, in which y[i.. with indices[i..] along the axis] = updates[i..], or that joined with it by `reduction`.
/// Inputs: data, indices i32 or i64, updates of data's type and the shape of indices; all of one rank, indices along
/// other dimensions at most as large as data. Negative indices count from the end; those outside stop the run with an
/// error (out_of_range). Of equal places, updates follow in row-major order. Arithmetic is that of Binary; each result
/// is rounded to data's type. ONNX ScatterElements, https://onnx.ai/onnx/operators/onnx__ScatterElements.html; TensorRT
/// IScatterLayer kELEMENT
struct ScatterElements {
  int64_t axis{0};
  ScatterReduction reduction{ScatterReduction::none};

  template <class V>
  void fields(V& v) {
    v.field("axis", axis);
    v.field("reduction", reduction);
  }
  LATHE_OP_STRUCT(ScatterElements);
};
Types infer(const ScatterElements& op, const Types& in, Equalities& needed);

}  // namespace lathe::ops
