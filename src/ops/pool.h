#pragma once
#include "ops/enum_text.h"
#include "ops/window.h"

namespace lathe::ops {

enum class PoolKind : uint8_t { max, average, lp, blend };
LATHE_ENUM_TEXT(PoolKind, "pool kind", "max", "average", "lp", "blend");

/// y[n, c, p..] = kind over the window of size `size` at p in x [n, c, x..] with 1 to 3 spatial dimensions, sizes of y
/// as ops/window.h has them. What lies beyond x counts for nothing: a maximum over it alone is the lowest value of the
/// type, any other result 0.
///
///   max      of any numbers; a NaN in the window is its maximum
///   average  the sum by the number of elements in x; with count_padding, of those in x and its padding
///   lp       (sum |x|^p)^(1/p)
///   blend    (1 - blend) max + blend average
///
/// With `indices`, only of max, a second output, i64, says where in x the (first) maximum lies: its row-major index in
/// all dimensions, or, `column_major`, with the first spatial dimension the fastest; -1 for a window without elements.
/// With `channels_last`, x [n, x.., c] and y [n, y.., c]; there are no indices then.
/// ONNX MaxPool, AveragePool, LpPool, https://onnx.ai/onnx/operators/onnx__MaxPool.html; TensorRT IPoolingLayer
struct Pool {
  PoolKind kind{PoolKind::max};
  std::vector<int64_t> size{};
  Window window{};
  bool ceil_mode{false};  ///< the number of windows is rounded up
  bool count_padding{false};
  double p{2};
  double blend{0};
  bool indices{false};
  bool column_major{false};
  bool channels_last{false};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
    v.field("size", size);
    window.fields(v);
    v.field("ceil_mode", ceil_mode);
    v.field("count_padding", count_padding);
    v.field("p", p);
    v.field("blend", blend);
    v.field("indices", indices);
    v.field("column_major", column_major);
    v.field("channels_last", channels_last);
  }
  LATHE_OP_STRUCT(Pool);
};
Types infer(const Pool& op, const Types& in);

}  // namespace lathe::ops
