#pragma once
#include "ops/window.h"

namespace lathe::ops {

/// The sum of blocks that lie over an image: with K = k.., the elements of a block, and l.. the windows that fit on the
/// image (ops/window.h), x [n, c K, l..] -> y [n, c, image..]
///
///   y[n, c, l * stride - before + j * dilation ..] += x[n, c K + j.., l..]   for all j, l that lie in the image
///
/// where x has one dimension for all l... Numbers of any type; whole ones wrap around. Inputs may give the image's
/// sizes, i32 or i64, known from sizes, and the block's, constant. ONNX Col2Im,
/// https://onnx.ai/onnx/operators/onnx__Col2Im.html
struct Col2Im {
  Window window{};
  std::vector<Dim> image{};
  std::vector<int64_t> block{};

  template <class V>
  void fields(V& v) {
    window.fields(v);
    v.field("image", image);
    v.field("block", block);
  }
  LATHE_OP_STRUCT(Col2Im);
};
Types infer(const Col2Im& op, const Types& in, Equalities& needed);
size_t resolve(Col2Im& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
