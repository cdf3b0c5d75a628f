#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[i..] = data[i.. with indices[i..] along the axis]: numpy's take_along_axis. Inputs: data, indices i32 or i64 of
/// the same rank, along other dimensions at most as large as data. Output: the shape of indices. Negative indices count
/// from the end; those outside stop the run with an error (out_of_range). ONNX GatherElements,
/// https://onnx.ai/onnx/operators/onnx__GatherElements.html; TensorRT IGatherLayer kELEMENT
struct GatherElements {
  int64_t axis{0};

  template <class V>
  void fields(V& v) {
    v.field("axis", axis);
  }
  LATHE_OP_STRUCT(GatherElements);
};
Types infer(const GatherElements& op, const Types& in);

}  // namespace lathe::ops
