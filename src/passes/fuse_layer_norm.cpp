//   d = x - mean(x)
//   y = d / sqrt(mean(d * d) + epsilon) * gamma + beta   ->   layer_norm(epsilon)(x, gamma, beta)
//
// means over the last axis; also pow(d, 2), rsqrt, recip, and any order of the factors.
#include "ops/layer_norm.h"

#include <fmt/format.h>

#include "ir/text.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {

int fuse_layer_norm(ir::Network& network, const PassContext& context) {
  using namespace ir::pattern;
  using ops::UnaryKind;
  ir::Found x, gamma, beta;
  ir::FoundNumber epsilon;
  ir::Pattern deviation = sub(bind(x), mean_last(bind(x)));
  ir::Pattern variance = mean_last(product(1, {deviation, deviation}));
  ir::Pattern spread = add(variance, number(epsilon));
  ir::Pattern scaled = either({product(1, {deviation, over(unary(UnaryKind::sqrt, spread)), bind(gamma)}),
                               product(1, {deviation, unary(UnaryKind::rsqrt, spread), bind(gamma)})});
  ir::Pattern layer_norm = add(scaled, bind(beta));

  int rewrites = 0;
  ir::Matcher matcher(network);
  for (ir::ValueId root : values_from_the_end(network)) {
    if (!matcher.match(layer_norm, root) || epsilon.value < 0) continue;
    std::string where = place(united_origins(network, matcher.nodes()));
    // Written down as 1e-12, not as the nearest single-precision number to it.
    double written = ir::read_number(fmt::format("{}", static_cast<float>(epsilon.value)));
    if (!fuse(network, matcher.nodes(), root, ops::LayerNorm{.epsilon = written}, {x, gamma, beta})) continue;
    context.report(fmt::format("{} of {} became layer_norm", counted(matcher.nodes().size(), "node"), where));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
