#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// One of two blocks, as a condition says when it is known. Inputs: condition bool[], then what the blocks read. Each
/// block has the inputs behind the condition for its own, and gives `results`; the first runs where it is true.
/// (ONNX If; TensorRT IIfConditional.)
struct If {
  Types results{};  ///< the same of both blocks

  template <class V>
  void fields(V& v) {
    v.field("results", results);
  }
  LATHE_OP_STRUCT(If);
};
Types infer(const If& op, const Types& in);
std::vector<BlockTypes> blocks(const If& op, const Types& in);

}  // namespace lathe::ops
