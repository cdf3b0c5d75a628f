//   x * 0.5 * (1 + erf(x / sqrt 2))                              ->   activation(gelu)(x)
//   x * 0.5 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))    ->   activation(gelu_tanh)(x)
//
// Factors in any order; the inner polynomial also as x * (1 + 0.044715 * x^2).
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {

int fuse_gelu(ir::Network& network, const PassContext& context) {
  using namespace ir::pattern;
  ir::Found x;
  ir::Pattern erf = unary(ops::UnaryKind::erf, product(1 / std::numbers::sqrt2, {bind(x)}));
  ir::Pattern gelu = product(0.5, {add(erf, number(1)), bind(x)});

  const double slope = std::sqrt(2 / std::numbers::pi), cubic = 0.044715;
  ir::Pattern cube = product(cubic, {bind(x), bind(x), bind(x)});
  ir::Pattern square = product(cubic, {bind(x), bind(x)});
  ir::Pattern inner = either({product(slope, {add(cube, bind(x))}), product(slope, {add(square, number(1)), bind(x)})});
  ir::Pattern gelu_tanh = product(0.5, {add(activation(Activation::tanh, inner), number(1)), bind(x)});

  int rewrites = 0;
  ir::Matcher matcher(network);
  for (ir::ValueId root : values_from_the_end(network)) {
    Activation kind = Activation::none;
    if (matcher.match(gelu, root))
      kind = Activation::gelu;
    else if (matcher.match(gelu_tanh, root))
      kind = Activation::gelu_tanh;
    else
      continue;
    std::string where = place(united_origins(network, matcher.nodes()));
    if (!fuse(network, matcher.nodes(), root, ops::Act{kind}, {x})) continue;
    context.report(
        fmt::format("{} of {} became activation({})", counted(matcher.nodes().size(), "node"), where, to_string(kind)));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
