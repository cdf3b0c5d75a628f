#include "ops/loop.h"

#include <algorithm>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Loop, loop, Traits{})

namespace {
const TensorType kNumber{DType::i64, {}}, kFlag{DType::boolean, {}};

bool speaks_of(const std::vector<Dim>& dims, const std::string& symbol) {
  return std::any_of(dims.begin(), dims.end(), [&](const Dim& d) {
    const std::vector<std::string> names = d.symbols();
    return std::find(names.begin(), names.end(), symbol) != names.end();
  });
}

}  // namespace

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
    // It is known when the last iteration has run: no iteration can make so much.
    if (i >= carried && speaks_of({result.shape.begin() + 1, result.shape.end()}, op.symbol))
      reject("loop", in, "each iteration's part of a stacked value has the size of all iterations");
    if (i >= carried && bits_of(result.dtype) < 8) reject("loop", in, "elements of less than a byte are stacked");
  }
  for (size_t i = 0; op.stacked() > 0 && i <= in.size(); ++i)
    if (speaks_of(i < in.size() ? in[i].shape : op.most, op.symbol))
      reject("loop", in, fmt::format("it is given sizes of {}, which it counts", op.symbol));
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
