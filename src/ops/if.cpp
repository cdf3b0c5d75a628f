#include "ops/if.h"

#include <numeric>

#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(If, if, Traits{})

Types infer(const If& op, const Types& in) {
  check_count("if", in, 1, kMostOperands);
  if (!(in[0] == TensorType{DType::boolean, {}})) reject("if", in, "the condition is not bool[]");
  if (op.results.empty()) reject("if", in, "the blocks give nothing");
  return op.results;
}

std::vector<BlockTypes> blocks(const If& op, const Types& in) {
  BlockTypes block{{in.begin() + 1, in.end()}, op.results, {}};
  block.from.resize(block.inputs.size());
  std::iota(block.from.begin(), block.from.end(), 1);
  return {block, block};
}

}  // namespace lathe::ops
