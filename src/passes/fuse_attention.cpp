//   split(x)  = heads [batch, heads, seq, head_dim] of columns of rows, in whatever steps they are taken apart
//   scores    = split(q) split(k)^T * scale  [+ bias [batch | 1, heads | 1, seq | 1, seq] ..]
//   y         = reshape [batch, seq, width](transpose(0, 2, 1, 3)(softmax(scores) split(v)))
//                                              ->   attention(heads, scale, mask, bias)(q, k, v [, mask] [, bias])
//
// The scale may stand before or after the product, as factors or divisors; k may be [.., head_dim, seq]; NaN weights of
// rows without keys may be replaced by zeros. What is added to scores is read as a mask of keys, of positions, or both,
// where it is no more than that (score_mask_of). Where a row keeps no key at all, attention gives zeros, as -inf does
// whose NaN weights are replaced; the additive spelling gives the mean of all values, which nobody means who lets
// padding be dropped (Padding): else a mask of keys stays a bias, of one number a key, and so does one of positions
// where another number is added beside it or where its own is one that scores may outweigh.
#include "ops/attention.h"

#include <fmt/format.h>

#include <cmath>

#include "ir/expand.h"
#include "ops/cast.h"
#include "ops/expand.h"
#include "ops/matmul.h"
#include "ops/reshape.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/where.h"
#include "passes/heads.h"
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

/// A value made of heads, which what it is computed from has side by side.
ir::Pattern split(Heads& found, const HeadOrder& order) {
  return [&found, order](ir::Matcher& m, ir::ValueId value) {
    std::optional<Heads> heads = heads_of(m.network(), value, order);
    if (heads) found = std::move(*heads);
    return heads.has_value();
  };
}

// What scores are replaced by, for it to be the same to add it: always, and where some key is left.
constexpr double kLowest = -1e30, kLow = -9000;

struct Scores {
  Heads q, k, v;
  ir::Found additive, more, weights;
  ir::Found shown, gone;  // conditions: where scores stay, where they become `hidden`
  ir::FoundNumber hidden;
  double scale = 1;

  /// y, with the parts found above.
  ir::Pattern pattern() {
    using namespace ir::pattern;
    const Perm rows = {0, 2, 1, 3}, swapped = {0, 1, 3, 2};
    ir::Pattern a = scaled(scale, split(q, kHeadRows));
    ir::Pattern scores = either(
        {matmul(true, a, scaled(scale, split(k, kHeadRows))), matmul(false, a, scaled(scale, split(k, kHeadColumns))),
         matmul(false, a, scaled(scale, transpose(swapped, scaled(scale, split(k, kHeadRows)))))});
    ir::Pattern product = scaled(scale, scores);
    ir::Pattern one = add(once(product), bind(additive));
    ir::Pattern masked = either({add(once(one), bind(more)), one, product});
    ir::Pattern kept = op<ops::Where>({bind(shown), once(masked), number(hidden)});
    ir::Pattern removed = op<ops::Where>({bind(gone), number(hidden), once(masked)});
    ir::Pattern soft = softmax_last(either({kept, removed, masked}));
    ir::Pattern safe = op<ops::Where>({unary(ops::UnaryKind::is_nan, bind(weights, soft)), number(0.0), bind(weights)});
    return reshape(transpose(rows, matmul(false, either({safe, soft}), split(v, kHeadRows))));
  }

  /// Whether all operands are heads of one size.
  bool agree() const {
    for (const Heads* other : {&k, &v})
      if (other->heads != q.heads || !(other->shape == q.shape)) return false;
    return true;
  }
};

/// What a bias is stored as: scores are F32, or F64 where q is.
DType bias_type(const ops::TensorType& q) { return q.dtype == DType::f64 ? DType::f64 : DType::f32; }

/// The value as [b, h, q, seq], where it broadcasts to the scores of q [batch, seq, width]; else kNone.
ir::ValueId as_bias(ir::Network& network, ir::ValueId value, const ops::TensorType& q, int64_t heads,
                    const std::vector<std::string>& origins) {
  // The op broadcasts itself.
  for (const ir::Node* node = network.producer(value); node && node->op.is<ops::Expand>();
       node = network.producer(value))
    value = node->inputs[0];
  const ops::TensorType type = network.value(value).type;
  std::vector<Dim> shape = type.shape;
  if (shape.size() > 4) return ir::kNone;
  shape.insert(shape.begin(), 4 - shape.size(), Dim(1));
  const Dim sizes[] = {q.shape[0], Dim(heads), q.shape[1], q.shape[1]};
  for (size_t d = 0; d < 4; ++d)
    if (!(shape[d] == sizes[d]) && !(d < 3 && shape[d] == Dim(1))) return ir::kNone;
  if (type.rank() < 4) value = network.add1(ops::Reshape{shape}, {value}, "bias", origins);
  const DType to = bias_type(q);
  return type.dtype == to ? value : network.add1(ops::Cast{to}, {value}, "bias", origins);
}

/// The mask of keys as [batch, seq]: one value for all that read it.
ir::ValueId keys_of(ir::Network& network, const ScoreMask& mask, const std::vector<std::string>& origins) {
  if (mask.keys == ir::kNone) return ir::kNone;
  const std::vector<Dim> shape = network.value(mask.keys).type.shape;
  if (shape.size() == 2) return mask.keys;
  for (ir::NodeId user : network.users(mask.keys)) {
    const ir::Node& node = network.node(user);
    if (node.op == ops::Op(ops::Reshape{{shape.front(), shape.back()}})) return node.outputs[0];
  }
  return network.add1(ops::Reshape{{shape.front(), shape.back()}}, {mask.keys}, "mask", origins);
}

/// 0 or the mask's number for each key: [batch, 1, 1, seq].
ir::ValueId bias_of_keys(ir::Network& network, const ScoreMask& mask, DType type,
                         const std::vector<std::string>& origins) {
  const std::vector<Dim> shape = network.value(mask.keys).type.shape;
  const ir::ValueId flags = network.add1(ops::Cast{DType::boolean}, {mask.keys}, "bias", origins);
  const ir::ValueId apart =
      network.add1(ops::Reshape{{shape.front(), Dim(1), Dim(1), shape.back()}}, {flags}, "bias", origins);
  const ir::ValueId none = ir::add_number(network, 0, type), hidden = ir::add_number(network, mask.hidden, type);
  return network.add1(ops::Where{}, {apart, none, hidden}, "bias", origins);
}

/// Puts what is added to the scores into the op, and its inputs behind q, k and v; false where it does not fit.
class AddedToScores {
 public:
  AddedToScores(ir::Network& network, const Scores& found, Padding padding, ops::Attention& op,
                std::vector<ir::ValueId>& inputs, const std::vector<std::string>& origins)
      : network_(network), found_(found), padding_(padding), op_(op), inputs_(inputs), origins_(origins) {}

  bool take() {
    for (ir::ValueId value : {found_.additive.id, found_.more.id, condition()})
      if (value != ir::kNone && !take_one(value)) return false;
    if (mask_ != ir::kNone) inputs_.push_back(mask_);
    if (bias_ != ir::kNone) inputs_.push_back(bias_);
    op_.mask = mask_ != ir::kNone ? ops::AttentionMask::keys : ops::AttentionMask::none;
    op_.bias = bias_ != ir::kNone;
    return true;
  }

 private:
  /// What scores become instead, as what is added to them: so low a number takes no notice of them.
  ir::ValueId condition() {
    if (!found_.hidden.bound) return ir::kNone;
    const bool shown = found_.shown != ir::kNone;
    const ir::ValueId none = network_.add_scalar(0),
                      hidden = network_.add_scalar(static_cast<float>(found_.hidden.value));
    if (shown) return network_.add1(ops::Where{}, {found_.shown, none, hidden}, "mask", origins_);
    return network_.add1(ops::Where{}, {found_.gone, hidden, none}, "mask", origins_);
  }

  bool take_one(ir::ValueId value) {
    const std::optional<ScoreMask> mask = score_mask_of(network_, value);
    const bool is_first = mask_ == ir::kNone && !op_.causal && op_.window_left < 0 && op_.window_right < 0;
    const bool by_place = mask && (mask->causal || mask->window_left >= 0 || mask->window_right >= 0);
    // Rows without a key do not tell the two apart where they get zeros.
    const bool zeros = found_.weights != ir::kNone && mask && mask->of_any_mask && std::isinf(mask->hidden);
    const bool exact = mask && !mask->queries && (zeros || hides_alone(*mask, value));
    if (mask && is_first && (padding_ == Padding::dropped || exact)) {
      op_.causal = mask->causal;
      op_.window_left = mask->window_left;
      op_.window_right = mask->window_right;
      mask_ = keys_of(network_, *mask, origins_);
      return true;
    }
    if (mask && !by_place && !mask->queries && mask->of_any_mask)
      return add_bias(bias_of_keys(network_, *mask, bias_type(type_of_q()), origins_));
    return add_bias(value);
  }

  ops::TensorType type_of_q() const { return {network_.value(found_.q.source).type.dtype, found_.q.shape}; }

  /// Whether hidden keys count for nothing whatever the scores are: by places alone each query sees itself, so that no
  /// row is without a key, and no finite score makes up for the lowest number of its type.
  bool hides_alone(const ScoreMask& mask, ir::ValueId value) const {
    const DType type = network_.value(value).type.dtype;
    const double low = type == DType::f64 ? -1e300 : type == DType::f16 ? -65504 : -1e30;
    return mask.keys == ir::kNone && found_.more.id == ir::kNone && mask.hidden <= low;
  }

  bool add_bias(ir::ValueId value) {
    value = as_bias(network_, value, type_of_q(), op_.heads, origins_);
    if (value == ir::kNone) return false;
    bias_ =
        bias_ == ir::kNone ? value : network_.add1(ops::Binary{ops::BinaryKind::add}, {bias_, value}, "bias", origins_);
    return true;
  }

  ir::Network& network_;
  const Scores& found_;
  Padding padding_;
  ops::Attention& op_;
  std::vector<ir::ValueId>& inputs_;
  const std::vector<std::string>& origins_;
  ir::ValueId mask_ = ir::kNone, bias_ = ir::kNone;
};

}  // namespace

int fuse_attention(ir::Network& network, const PassContext& context) {
  Scores found;
  ir::Pattern pattern = found.pattern();
  int rewrites = 0;
  ir::Matcher matcher(network);
  for (ir::ValueId root : values_from_the_end(network)) {
    if (!matcher.match(pattern, root) || !found.agree() || !std::isfinite(found.scale)) continue;
    if (found.hidden.bound && found.hidden.value > (context.padding == Padding::exact ? kLowest : kLow)) continue;
    ops::Attention op{.heads = found.q.heads, .scale = found.scale};
    const std::vector<std::string> origins = united_origins(network, matcher.nodes());
    const std::vector<ir::NodeId> nodes = matcher.nodes();
    std::vector<ir::ValueId> inputs;
    for (const Heads* heads : {&found.q, &found.k, &found.v}) inputs.push_back(columns_of(network, *heads, origins));
    if (!AddedToScores(network, found, context.padding, op, inputs, origins).take()) {
      context.report(
          fmt::format("{} stays in parts: what is added to its scores does not broadcast to them", place(origins)));
      continue;
    }
    if (!fuse(network, nodes, root, op, inputs)) continue;
    context.report(fmt::format("{} of {} became attention({} heads, mask: {}{})", counted(nodes.size(), "node"),
                               place(origins), op.heads, to_string(op.mask), op.bias ? ", bias" : ""));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
