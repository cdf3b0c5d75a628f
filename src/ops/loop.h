#pragma once
#include <string>

#include "ops/op.h"

namespace lathe::ops {

/// Runs a block again and again. Inputs: trip count i64[], condition bool[], `carried` values, then what the block
/// reads.
///
///   for i in 0 .. trip count - 1, while the condition holds:
///     condition, carried.., stacked.. = block(i, carried.., read..)
///   results = the last carried.., each stacked value of all iterations [iterations, ..]
///
/// (ONNX Loop; TensorRT ILoop with trip limits, recurrences and concatenated outputs.) A trip count above `most` with
/// the condition still true is a fault: `most` sizes what is stacked, and ends what would not end.
struct Loop {
  int64_t carried{0};
  Types results{};                      ///< carried values as their inputs are, then stacked ones [symbol, ..]
  std::string symbol{"iterations"};     ///< counts the iterations; no other value of the network has it
  std::vector<Dim> most{Dim(1 << 20)};  ///< one size: iterations at most

  template <class V>
  void fields(V& v) {
    v.field("carried", carried);
    v.field("results", results);
    v.field("symbol", symbol);
    v.field("most", most);
  }
  LATHE_OP_STRUCT(Loop);
  size_t stacked() const { return results.size() - static_cast<size_t>(carried); }
};
Types infer(const Loop& op, const Types& in);
std::vector<Count> counts(const Loop& op, const Types& in);
std::vector<BlockTypes> blocks(const Loop& op, const Types& in);

}  // namespace lathe::ops
