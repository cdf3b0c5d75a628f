#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class PadMode : uint8_t { constant, edge, reflect, wrap };
LATHE_ENUM_TEXT(PadMode, "pad mode", "constant", "edge", "reflect", "wrap");

/// x with `before[d]` and `after[d]` elements around it along each dimension d, of which a b c d become
///
///   constant  v v v a b c d v v v    `value`
///   edge      a a a a b c d d d d    the nearest one
///   reflect   d c b a b c d c b a    mirrored at the ends, which are not repeated; again and again where there are
///   more,
///                                    as in numpy
///   wrap      b c d a b c d a b c    from the other end, again and again
///
/// A second input may give the sizes, i32 or i64 [2 rank], known from sizes: every `before`, then every `after`; with a
/// third, constant one, for the axes that it names. None is negative, and where there is nothing in x only `constant`
/// adds something: a run that finds otherwise stops with an error (out_of_range). ONNX Pad,
/// https://onnx.ai/onnx/operators/onnx__Pad.html
struct Pad {
  std::vector<Dim> before{};
  std::vector<Dim> after{};
  double value{0};
  PadMode mode{PadMode::constant};

  template <class V>
  void fields(V& v) {
    v.field("before", before);
    v.field("after", after);
    v.field("value", value);
    v.field("mode", mode);
  }
  LATHE_OP_STRUCT(Pad);
};
Types infer(const Pad& op, const Types& in);
size_t resolve(Pad& op, const Types& in, const Contents& known);

/// Which of n elements stands at place i, counted from the first of them; -1: none, `value` does.
int64_t pad_source(PadMode mode, int64_t i, int64_t n);

}  // namespace lathe::ops
