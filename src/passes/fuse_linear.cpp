//   x W  [+ b]   ->   linear(x, W [, b])     W constant [k, n] (or [n, k], read transposed), b constant [n]
#include "ops/linear.h"

#include <fmt/format.h>

#include "ops/matmul.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {

int fuse_linear(ir::Network& network, const PassContext& context) {
  using namespace ir::pattern;
  using Kind = ops::EpilogueRecord::Kind;
  ir::Found x, w, b;
  bool transposed = false;
  ir::Pattern matmul = op<ops::MatMul>({bind(x), constant(bind(w))}, [&](const ops::MatMul& m, const ops::TensorType&) {
    transposed = m.transpose_b;
    return !m.transpose_a;
  });
  ir::Pattern linear = either({add(once(matmul), constant(bind(b))), matmul});

  int rewrites = 0;
  ir::Matcher matcher(network);
  for (ir::ValueId root : values_from_the_end(network)) {
    if (!matcher.match(linear, root)) continue;
    ops::Linear op{.transposed = transposed, .out = network.value(root).type.dtype};
    std::vector<ir::ValueId> inputs = {x, w};
    if (b.id != ir::kNone) {
      op.epilogue.records.push_back({.kind = Kind::bias});
      inputs.push_back(b);
    }
    std::string where = place(united_origins(network, matcher.nodes()));
    if (!fuse(network, matcher.nodes(), root, op, inputs)) continue;
    context.report(fmt::format("the product {}of {} became linear", b.id == ir::kNone ? "" : "and bias ", where));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
