//   half(x)  = concat(-x[.., head_dim / 2 ..], x[.., .. head_dim / 2])
//   y        = x * cosine + half(x) * sine              of heads x that lie side by side in rows
//                                                  ->   rotary(heads, head_dim)(rows, cosine, sine), as heads again
//
// x is [batch, heads, seq, head_dim] or [batch, seq, heads, head_dim], in whatever steps it was taken apart; cosine and
// sine broadcast to it and are the same for all heads.
#include "ops/rotary.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "ops/concat.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "passes/heads.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

/// The columns [first, first + half) of the last dimension, half of it.
ir::Pattern half(bool second, ir::Pattern of) {
  return ir::pattern::op<ops::Slice>({std::move(of)}, [=](const ops::Slice& op, const ops::TensorType& in) {
    for (size_t d = 0; d + 1 < in.shape.size(); ++d)
      if (!(op.start[d] == Dim(0)) || !(op.size[d] == in.shape[d])) return false;
    for (int64_t stride : op.stride)
      if (stride != 1) return false;
    const Dim& size = op.size.back();
    return size + size == in.shape.back() && op.start.back() == (second ? size : Dim(0));
  });
}

struct Turned {
  ir::Found x, cosine, sine;

  ir::Pattern pattern() {
    using namespace ir::pattern;
    const ir::Pattern other = op<ops::Concat>(
        {unary(ops::UnaryKind::neg, half(true, bind(x))), half(false, bind(x))},
        [](const ops::Concat& c, const ops::TensorType& in) { return c.axis == -1 || c.axis == in.rank() - 1; });
    const auto times = [](ir::Pattern a, ir::Pattern b) { return binary(ops::BinaryKind::mul, a, b); };
    return add(times(other, bind(sine)), times(bind(x), bind(cosine)));
  }
};

/// Cosines and sines of heads in this order as [batch | 1, seq | 1, head_dim]; kNone where heads have their own.
ir::ValueId as_table(ir::Network& network, ir::ValueId value, const HeadOrder& order,
                     const std::vector<std::string>& origins) {
  std::vector<Dim> shape = network.value(value).type.shape;
  if (shape.size() > 4) return ir::kNone;
  shape.insert(shape.begin(), 4 - shape.size(), Dim(1));
  if (!(shape[order.head] == Dim(1))) return ir::kNone;
  const std::vector<Dim> flat = {shape[order.batch], shape[order.seq], shape[order.column]};
  return network.value(value).type.shape == flat ? value : network.add1(ops::Reshape{flat}, {value}, "table", origins);
}

class Rewriter {
 public:
  explicit Rewriter(ir::Network& network) : network_(network) {}

  bool rewrite(const Turned& found, ir::ValueId root, const std::vector<ir::NodeId>& nodes) {
    for (const HeadOrder& order : {kHeadRows, kSideBySide}) {
      const std::optional<Heads> heads = heads_of(network_, found.x, order);
      if (heads && rewrite(found, root, nodes, *heads, order)) return true;
    }
    return false;
  }

 private:
  bool rewrite(const Turned& found, ir::ValueId root, const std::vector<ir::NodeId>& nodes, const Heads& heads,
               const HeadOrder& order) {
    const std::vector<std::string> origins = united_origins(network_, nodes);
    const ir::ValueId cosine = table(found.cosine, order, origins), sine = table(found.sine, order, origins);
    if (cosine == ir::kNone || sine == ir::kNone) return false;
    const ops::Op op = ops::Rotary{.heads = heads.heads, .width = heads.head_dim};
    const ir::ValueId rows = columns_of(network_, heads, origins);
    try {
      op.infer(network_.types_of(std::vector<ir::ValueId>{rows, cosine, sine}));
    } catch (const Error&) {
      return false;
    }
    const ir::ValueId turned = network_.add1(op, {rows, cosine, sine}, node_name(origins, "rotary"), origins);
    std::vector<Dim> shape = heads.shape;
    shape.back() = Dim(heads.heads);
    shape.emplace_back(heads.head_dim);
    if (order.head == kSideBySide.head) return fuse(network_, nodes, root, ops::Reshape{shape}, {turned}).has_value();
    const ir::ValueId apart = network_.add1(ops::Reshape{shape}, {turned}, "heads", origins);
    return fuse(network_, nodes, root, ops::Transpose{{0, 2, 1, 3}}, {apart}).has_value();
  }

  /// One for all layers.
  ir::ValueId table(ir::ValueId value, const HeadOrder& order, const std::vector<std::string>& origins) {
    auto [place, added] = tables_.emplace(std::pair(value, order.head), ir::kNone);
    if (added) place->second = as_table(network_, value, order, origins);
    return place->second;
  }

  ir::Network& network_;
  std::map<std::pair<ir::ValueId, size_t>, ir::ValueId> tables_;
};

}  // namespace

int fuse_rotary(ir::Network& network, const PassContext& context) {
  Turned found;
  const ir::Pattern pattern = found.pattern();
  ir::Matcher matcher(network);
  Rewriter rewriter(network);
  int rewrites = 0;
  for (ir::ValueId root : values_from_the_end(network)) {
    if (!matcher.match(pattern, root)) continue;
    const std::vector<ir::NodeId> nodes = matcher.nodes();
    const std::string name = place(united_origins(network, nodes));
    if (!rewriter.rewrite(found, root, nodes)) continue;
    context.report(fmt::format("{} of {} became rotary", counted(nodes.size(), "node"), name));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
