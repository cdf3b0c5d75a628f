//   x * sigmoid(x)                          ->   activation(silu)(x)
//   x * hard_sigmoid(1/6, 1/2)(x)           ->   activation(hard_swish)(x)
#include <fmt/format.h>

#include "ops/activation.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {

int fuse_silu(ir::Network& network, const PassContext& context) {
  using namespace ir::pattern;
  using ops::ActKind;
  ir::Found x;
  ActKind kind = ActKind::none;
  const ir::Pattern gate = op<ops::Act>({bind(x)}, [&](const ops::Act& act, const ops::TensorType&) {
    const bool hard = act.kind == ActKind::hard_sigmoid && ir::nearly(act.alpha, 1.0 / 6) && act.beta == 0.5;
    kind = hard ? ActKind::hard_swish : ActKind::silu;
    return hard || act.kind == ActKind::sigmoid;
  });
  const ir::Pattern gated = binary(ops::BinaryKind::mul, gate, bind(x));

  int rewrites = 0;
  ir::Matcher matcher(network);
  for (ir::ValueId root : values_from_the_end(network)) {
    if (!matcher.match(gated, root)) continue;
    const std::string where = place(united_origins(network, matcher.nodes()));
    if (!fuse(network, matcher.nodes(), root, ops::Act{kind}, {x})) continue;
    context.report(fmt::format("2 nodes of {} became activation({})", where, to_string(kind)));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
