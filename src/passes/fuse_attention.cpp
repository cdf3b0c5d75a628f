//   split(x)  = transpose(0, 2, 1, 3)(reshape [batch, seq, heads, head_dim](x))
//   scores    = split(q) split(k)^T * scale  [+ additive mask [batch, 1, 1, seq]]
//   y         = reshape [batch, seq, width](transpose(0, 2, 1, 3)(softmax(scores) split(v)))
//                                                      ->   attention(heads, scale, mask)(q, k, v [, mask])
//
// The scale may stand before or after the product, as factors or divisors; k may be transposed to [.., head_dim, seq]
// itself. The additive mask is followed back to the integer mask [batch, seq] it is made of. Where a row keeps no key
// at all, attention gives zeros; the additive spelling gives the mean of all values, which nobody means who lets
// padding be dropped (Padding): else an attention with such a mask stays in parts.
#include "ops/attention.h"

#include <fmt/format.h>

#include <cmath>

#include "ops/matmul.h"
#include "ops/reshape.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "passes/mask.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

using Perm = std::vector<int64_t>;

ir::Pattern transpose(Perm perm, ir::Pattern of) {
  return ir::pattern::op<ops::Transpose>(
      {std::move(of)}, [perm = std::move(perm)](const ops::Transpose& op, const auto&) { return op.perm == perm; });
}

ir::Pattern reshape(ir::Pattern of) { return ir::pattern::op<ops::Reshape>({std::move(of)}); }

ir::Pattern matmul(bool transpose_b, ir::Pattern a, ir::Pattern b) {
  return ir::pattern::op<ops::MatMul>({std::move(a), std::move(b)}, [=](const ops::MatMul& op, const auto&) {
    return !op.transpose_a && op.transpose_b == transpose_b;
  });
}

ir::Pattern softmax_last(ir::Pattern of) {
  return ir::pattern::op<ops::Softmax>({std::move(of)}, [](const ops::Softmax& op, const ops::TensorType& in) {
    return !op.log && (op.axis == -1 || op.axis == in.rank() - 1);
  });
}

/// `of` times or divided by numbers, whose product is multiplied to `scale`.
ir::Pattern scaled(double& scale, ir::Pattern of) {
  using namespace ir;
  return [&scale, of = std::move(of)](Matcher& m, ValueId v) {
    constexpr int kMostFactors = 4;
    for (int i = 0;; ++i) {
      const Node* node = m.network().producer(v);
      const auto* binary = node ? node->op.as<ops::Binary>() : nullptr;
      bool mul = binary && binary->kind == ops::BinaryKind::mul, div = binary && binary->kind == ops::BinaryKind::div;
      if (i == kMostFactors || !(mul || div)) return of(m, v);
      auto right = number_of(m.network(), node->inputs[1]);
      auto left = mul && !right ? number_of(m.network(), node->inputs[0]) : std::nullopt;
      if (!right && !left) return of(m, v);
      m.set(scale, div ? scale / *right : scale * (right ? *right : *left));
      m.enter(m.network().value(v).producer);
      v = node->inputs[right ? 0 : 1];
    }
  };
}

struct Heads {
  ir::Found q, k, v, split_q, split_k, split_v, additive;
  double scale = 1;

  /// y, with the parts found above.
  ir::Pattern pattern() {
    using namespace ir::pattern;
    // Splits have readers outside where k and v come from one value: they are only looked through.
    auto split = [](const Perm& perm, ir::Found& reshaped, ir::Found& x) {
      return shared(transpose(perm, bind(reshaped, reshape(bind(x)))));
    };
    const Perm rows = {0, 2, 1, 3}, columns = {0, 2, 3, 1};
    ir::Pattern a = scaled(scale, split(rows, split_q, q));
    ir::Pattern scores = either({matmul(true, a, scaled(scale, split(rows, split_k, k))),
                                 matmul(false, a, scaled(scale, split(columns, split_k, k)))});
    ir::Pattern product = scaled(scale, scores);
    ir::Pattern masked = either({binary(ops::BinaryKind::add, once(product), bind(additive)), product});
    return reshape(transpose(rows, matmul(false, softmax_last(masked), split(rows, split_v, v))));
  }

  /// The number of heads when all operands are split alike from [batch, seq, width], else 0.
  int64_t heads(const ir::Network& network) const {
    const ops::TensorType& x = network.value(q).type;
    const std::vector<Dim>& split = network.value(split_q).type.shape;
    if (x.rank() != 3 || split.size() != 4 || !split[2].is_constant() || !split[3].is_constant()) return 0;
    if (!(split[0] == x.shape[0]) || !(split[1] == x.shape[1])) return 0;
    for (ir::ValueId other : {split_k.id, split_v.id})
      if (network.value(other).type.shape != split) return 0;
    return split[2].constant();
  }
};

/// [batch, 1, 1, seq]: one mask for all heads and queries.
bool hides_keys(const ir::Network& network, ir::ValueId additive, const std::vector<Dim>& batch_seq) {
  const std::vector<Dim>& shape = network.value(additive).type.shape;
  return shape == std::vector<Dim>{batch_seq[0], 1, 1, batch_seq[1]};
}

}  // namespace

int fuse_attention(ir::Network& network, const PassContext& context) {
  Heads found;
  ir::Pattern pattern = found.pattern();
  int rewrites = 0;
  ir::Matcher matcher(network);
  for (ir::ValueId root : values_from_the_end(network)) {
    if (!matcher.match(pattern, root)) continue;
    int64_t heads = found.heads(network);
    if (heads < 1 || !std::isfinite(found.scale)) continue;
    ops::Attention op{.heads = heads, .scale = found.scale};
    std::vector<ir::ValueId> inputs = {found.q, found.k, found.v};
    std::string where = place(united_origins(network, matcher.nodes()));
    if (found.additive.id != ir::kNone) {
      ir::ValueId mask = mask_of_additive(network, found.additive);
      if (mask == ir::kNone || !hides_keys(network, found.additive, network.value(found.q).type.shape)) {
        context.report(fmt::format("{} stays in parts: what is added to its scores is no mask of keys", where));
        continue;
      }
      if (context.padding == Padding::exact) {
        context.report(
            fmt::format("{} stays in parts: its mask may be other than 0 and 1, or hide all of a row, and padding is "
                        "not to be dropped",
                        where));
        continue;
      }
      op.mask = ops::AttentionMask::keys;
      inputs.push_back(mask);
    }
    if (!fuse(network, matcher.nodes(), root, op, inputs)) continue;
    context.report(fmt::format("{} of {} became attention({} heads, mask: {})", counted(matcher.nodes().size(), "node"),
                               where, heads, to_string(op.mask)));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
