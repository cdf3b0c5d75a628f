#include "ops/loop.h"

#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Loop, loop, Traits{})

namespace {
const TensorType kNumber{DType::i64, {}}, kFlag{DType::boolean, {}};
}

Types infer(const Loop& op, const Types& in) {
  check_count("loop", in, 2, kMostOperands);
  check_symbol("loop", in, op.symbol);
  if (!(in[0] == kNumber)) reject("loop", in, "the trip count is not i64[]");
  if (!(in[1] == kFlag)) reject("loop", in, "the condition is not bool[]");
  if (op.most.size() != 1 || (op.most[0].is_constant() && op.most[0].constant() < 0))
    reject("loop", in, "the most iterations are no single size");
  const auto carried = static_cast<size_t>(op.carried);
  if (op.carried < 0 || carried > in.size() - 2 || carried > op.results.size() || op.results.empty())
    reject("loop", in, "the carried values are not among inputs and results");
  for (size_t i = 0; i < op.results.size(); ++i) {
    const TensorType& result = op.results[i];
    if (i < carried && !(result == in[i + 2])) reject("loop", in, "a carried value changes its type");
    if (i >= carried && (result.rank() == 0 || !(result.shape[0] == Dim::symbol(op.symbol))))
      reject("loop", in, "a stacked value does not begin with the iterations");
    if (i >= carried && bits_of(result.dtype) < 8) reject("loop", in, "elements of less than a byte are stacked");
  }
  return op.results;
}

std::vector<Count> counts(const Loop& op, const Types& /*in*/) {
  if (op.stacked() == 0) return {};
  return {{op.symbol, op.most[0]}};
}

std::vector<BlockTypes> blocks(const Loop& op, const Types& in) {
  BlockTypes block{{kNumber}, {kFlag}, {-1}};
  for (size_t i = 2; i < in.size(); ++i) {
    block.inputs.push_back(in[i]);
    const bool carried = i < 2 + static_cast<size_t>(op.carried);
    block.from.push_back(carried ? -1 : static_cast<int>(i));
    if (carried) block.outputs.push_back(in[i]);
  }
  for (size_t i = static_cast<size_t>(op.carried); i < op.results.size(); ++i) {
    TensorType one = op.results[i];
    one.shape.erase(one.shape.begin());
    block.outputs.push_back(std::move(one));
  }
  return {block};
}

}  // namespace lathe::ops
