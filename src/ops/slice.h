#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[i..] = x[start + i * stride ..]: one start, size and stride per dimension. An empty `stride` means all 1. What
/// leaves x stops the run with an error (out_of_range).
///
/// Inputs may give starts and ends, i32 or i64, known from sizes; further ones the axes and the strides, constants. As
/// in numpy, an end is not included, negative ones count from the end, and those outside are moved to it. A bound that
/// is computed from sizes is taken to be inside, so that x[:n] has n elements, and sizes are taken not to be 0: of n
/// elements x[1:] has n - 1, x[2:] max(n - 2, 0). Numbers of any sign are moved as those of numpy. ONNX Slice,
/// https://onnx.ai/onnx/operators/onnx__Slice.html
struct Slice {
  std::vector<Dim> start{};
  std::vector<Dim> size{};
  std::vector<int64_t> stride{};

  template <class V>
  void fields(V& v) {
    v.field("start", start);
    v.field("size", size);
    v.field("stride", stride);
  }
  LATHE_OP_STRUCT(Slice);
};
Types infer(const Slice& op, const Types& in);
size_t resolve(Slice& op, const Types& in, const Contents& known);
Elements elements(const Slice& op, const Types& in, const Contents& known);
bool row_form(const Slice& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
