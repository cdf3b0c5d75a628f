//   linear -> activation, + bias, + residual, layer_norm, ..   ->   one linear whose epilogue holds them as they come
//   conv with its channels last likewise
//   a + b -> layer_norm                                        ->   layer_norm(residual)(a, b)
//
// In any order and any number: which of it a kernel does at once is for `legalise` to see to. A value with other
// readers stays outside: the epilogue ends before it.
#include <fmt/format.h>

#include "ops/activation.h"
#include "ops/layer_norm.h"
#include "ops/products.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

using Record = ops::EpilogueRecord;

/// What one reader of a linear's result adds to its epilogue.
struct Growth {
  std::vector<Record> records;
  std::vector<ir::ValueId> operands;
};

/// What `reader` adds to y: a constant vector over the last dimension, a tensor like y itself, or nothing of these.
Growth growth_by_sum(const ir::Network& network, ir::ValueId y, const ir::Node& reader) {
  const auto* sum = reader.op.as<ops::Binary>();
  if (!sum || sum->kind != ops::BinaryKind::add || reader.inputs[0] == reader.inputs[1]) return {};
  const ir::ValueId other = reader.inputs[reader.inputs[0] == y ? 1 : 0];
  const ops::TensorType &own = network.value(y).type, &type = network.value(other).type;
  if (network.is_constant(other) && own.rank() > 0 && type.shape == std::vector<Dim>{own.shape.back()})
    return {{{.kind = Record::Kind::bias}}, {other}};
  return type == own ? Growth{{{.kind = Record::Kind::residual}}, {other}} : Growth{};
}

Growth growth(const ir::Network& network, ir::ValueId y, const ir::Node& reader) {
  if (const auto* act = reader.op.as<ops::Act>())
    return {{{.kind = Record::Kind::activation, .activation = act->kind, .alpha = act->alpha, .beta = act->beta}}, {}};
  if (Growth sum = growth_by_sum(network, y, reader); !sum.records.empty()) return sum;
  const auto* norm = reader.op.as<ops::LayerNorm>();
  if (!norm || (reader.inputs[0] != y && !(norm->residual && reader.inputs[1] == y))) return {};
  Growth grown;
  if (norm->residual) {
    if (reader.inputs[0] == reader.inputs[1]) return {};
    grown.records.push_back({.kind = Record::Kind::residual});
    grown.operands.push_back(reader.inputs[reader.inputs[0] == y ? 1 : 0]);
  }
  grown.records.push_back({.kind = Record::Kind::layer_norm, .epsilon = norm->epsilon});
  grown.operands.insert(grown.operands.end(), reader.inputs.end() - 2, reader.inputs.end());
  return grown;
}

/// Where the grown records go: at the end, but a bias before the residuals, as kernels add it; sums have no order.
size_t place_of(const ops::Epilogue& epilogue, const Growth& grown) {
  size_t at = epilogue.records.size();
  if (grown.records.size() == 1 && grown.records[0].kind == Record::Kind::bias)
    while (at > 0 && epilogue.records[at - 1].kind == Record::Kind::residual) --at;
  return at;
}

/// Lets the product that makes `y` take in the only reader of y; the grown product's result, or nothing.
std::optional<ir::ValueId> grow(ir::Network& network, ir::ValueId y) {
  const ir::Node& node = *network.producer(y);
  if (!network.used_once(y)) return std::nullopt;
  ir::NodeId reader_id = network.users(y).at(0);
  const ir::Node& reader = network.node(reader_id);
  Growth grown = growth(network, y, reader);
  if (grown.records.empty()) return std::nullopt;
  ops::Epilogue epilogue = *ops::epilogue_of(node.op);
  if (epilogue.records.size() + grown.records.size() > ops::Epilogue::kMostRecords) return std::nullopt;
  const size_t at = place_of(epilogue, grown);
  std::vector<ir::ValueId> inputs = node.inputs;
  auto operands = inputs.end();
  for (size_t r = at; r < epilogue.records.size(); ++r)
    operands -= static_cast<int64_t>(epilogue.records[r].operands());
  inputs.insert(operands, grown.operands.begin(), grown.operands.end());
  epilogue.records.insert(epilogue.records.begin() + static_cast<int64_t>(at), grown.records.begin(),
                          grown.records.end());
  for (ir::ValueId operand : grown.operands)
    if (operand == y) return std::nullopt;
  const ir::NodeId nodes[] = {network.value(y).producer, reader_id};
  return fuse(network, nodes, reader.outputs.at(0), ops::with_epilogue(node.op, epilogue), inputs);
}

int fuse_sums(ir::Network& network, const PassContext& context) {
  using namespace ir::pattern;
  ir::Found a, b, gamma, beta;
  double epsilon = 0;
  ir::Pattern norm = op<ops::LayerNorm>(
      {op<ops::Binary>({bind(a), bind(b)},
                       [](const ops::Binary& sum, const ops::TensorType&) { return sum.kind == ops::BinaryKind::add; }),
       bind(gamma), bind(beta)},
      [&](const ops::LayerNorm& layer_norm, const ops::TensorType&) {
        epsilon = layer_norm.epsilon;
        return !layer_norm.residual;
      });
  int rewrites = 0;
  ir::Matcher matcher(network);
  for (ir::ValueId root : values_from_the_end(network)) {
    if (!matcher.match(norm, root)) continue;
    std::string where = place(united_origins(network, matcher.nodes()));
    ops::LayerNorm op{.epsilon = epsilon, .residual = true};
    if (!fuse(network, matcher.nodes(), root, op, {a, b, gamma, beta})) continue;
    context.report(fmt::format("the sum before {} became part of its layer_norm", where));
    ++rewrites;
  }
  return rewrites;
}

}  // namespace

int fuse_epilogue(ir::Network& network, const PassContext& context) {
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) {
    if (!network.node(id).alive || !ops::epilogue_of(network.node(id).op)) continue;
    ir::ValueId y = network.node(id).outputs.at(0);
    int steps = 0;
    for (std::optional<ir::ValueId> grown; (grown = grow(network, y)); ++steps) y = *grown;
    if (steps == 0) continue;
    const ir::Node& node = *network.producer(y);
    context.report(fmt::format("{} of {} became one {}({})", counted(static_cast<size_t>(steps) + 1, "node"),
                               place(node.origins), node.op.name(), to_string(*ops::epilogue_of(node.op))));
    rewrites += steps;
  }
  rewrites += fuse_sums(network, context);
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
