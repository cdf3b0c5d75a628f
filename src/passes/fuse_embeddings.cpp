//   table_0[ids_0] + table_1[ids_1] + ...  [-> layer_norm]   ->   embedding(terms, norm)
//
// The sum in any association; tables constant [rows, width] of one width. Casts that widen the rows
// of a table vanish where all tables are stored in one type, else such tables are widened as a whole. Lookups that
// count from the end go together with such alone.
#include "ops/embedding.h"

#include <fmt/format.h>

#include "ops/cast.h"
#include "ops/expand.h"
#include "ops/gather.h"
#include "ops/layer_norm.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

constexpr size_t kMostTerms = 8;

struct Terms {
  std::vector<ir::ValueId> operands;  ///< table, ids, table, ids, ...
  std::vector<ir::NodeId> nodes;
  bool from_end = false;  ///< of all lookups
  size_t count() const { return operands.size() / 2; }
};

/// Goes on from a cast that widens a lookup's rows to the lookup.
const ir::Node* below_widening(const ir::Network& network, const ir::Node* node, Terms& terms) {
  if (!node->op.is<ops::Cast>() || !network.used_once(node->inputs[0])) return node;
  const ops::TensorType &rows = network.value(node->inputs[0]).type, &wide = network.value(node->outputs[0]).type;
  const ir::Node* lookup = network.producer(node->inputs[0]);
  if (!lookup || !lookup->op.is<ops::Gather>() || !widens(rows.dtype, wide.dtype)) return node;
  terms.nodes.push_back(network.value(node->inputs[0]).producer);
  return lookup;
}

/// Where the tables of an embedding differ in type, all get the type of its result.
void equalize(ir::Network& network, ir::NodeId embedding) {
  const ir::Node node = network.node(embedding);
  const size_t end = 2 * static_cast<size_t>(node.op.as<ops::Embedding>()->terms);
  auto type = [&](ir::ValueId v) { return network.value(v).type.dtype; };
  const DType wide = type(node.outputs[0]);
  bool equal = true;
  for (size_t i = 0; i < end; i += 2) equal &= type(node.inputs[i]) == type(node.inputs[0]);
  for (size_t i = 0; !equal && i < end; i += 2) {
    const ir::ValueId table = node.inputs[i];
    if (type(table) == wide) continue;
    ir::ValueId widened = network.add1(ops::Cast{wide}, {table}, network.value(table).name + ".widened", node.origins);
    network.set_input(embedding, i, widened);
  }
}

/// Lookups that broadcast (positions are the same for all texts) become lookups of all.
void equalize_ids(ir::Network& network, Terms& terms, int64_t count, const std::vector<Dim>& shape,
                  const std::vector<std::string>& origins) {
  const std::vector<Dim> of_ids(shape.begin(), shape.end() - 1);
  for (size_t i = 1; i < 2 * static_cast<size_t>(count); i += 2) {
    const ir::ValueId ids = terms.operands[i];
    if (network.value(ids).type.shape != of_ids)
      terms.operands[i] = network.add1(ops::Expand{of_ids}, {ids}, network.value(ids).name + ".expanded", origins);
  }
}

/// Whether the value is a lookup, or a sum of such, that nobody else reads.
bool collect(const ir::Network& network, ir::ValueId value, bool root, Terms& terms) {
  const ir::Node* node = network.producer(value);
  if (!node || terms.count() >= kMostTerms || terms.nodes.size() > 3 * kMostTerms) return false;
  if (!root && !network.used_once(value)) return false;
  terms.nodes.push_back(network.value(value).producer);
  node = below_widening(network, node, terms);
  if (const auto* gather = node->op.as<ops::Gather>()) {
    const ops::TensorType& table = network.value(node->inputs[0]).type;
    if (gather->axis != 0 || table.rank() != 2 || !network.is_constant(node->inputs[0])) return false;
    if (terms.count() > 0 && gather->from_end != terms.from_end) return false;
    terms.from_end = gather->from_end;
    terms.operands.insert(terms.operands.end(), node->inputs.begin(), node->inputs.end());
    return true;
  }
  const auto* sum = node->op.as<ops::Binary>();
  return sum && sum->kind == ops::BinaryKind::add && node->inputs[0] != node->inputs[1] &&
         collect(network, node->inputs[0], false, terms) && collect(network, node->inputs[1], false, terms);
}

}  // namespace

int fuse_embeddings(ir::Network& network, const PassContext& context) {
  int rewrites = 0;
  for (ir::ValueId root : values_from_the_end(network)) {
    const ir::Node* node = network.producer(root);
    if (!node || !node->alive) continue;
    const auto* norm = node->op.as<ops::LayerNorm>();
    if (norm && norm->residual) norm = nullptr;
    Terms terms;
    bool found = norm ? collect(network, node->inputs[0], false, terms) : collect(network, root, true, terms);
    if (!found || (!norm && terms.count() < 2)) continue;
    std::string lookups = counted(terms.count(), "lookup");
    const std::vector<Dim> sum = network.value(norm ? node->inputs[0] : root).type.shape;
    const std::vector<std::string> sources = united_origins(network, terms.nodes);
    ops::Embedding op{.terms = static_cast<int64_t>(terms.count()),
                      .out = network.value(root).type.dtype,
                      .from_end = terms.from_end};
    if (norm) {
      op.norm = true;
      op.epsilon = norm->epsilon;
      terms.operands.insert(terms.operands.end(), node->inputs.begin() + 1, node->inputs.end());
      terms.nodes.push_back(network.value(root).producer);
    }
    std::string where = place(united_origins(network, terms.nodes));
    std::string report = fmt::format("{}{} of {} became embedding", lookups, op.norm ? " and layer_norm" : "", where);
    equalize_ids(network, terms, op.terms, sum, sources);
    std::optional<ir::ValueId> made = fuse(network, terms.nodes, root, op, terms.operands);
    if (!made) continue;
    equalize(network, network.value(*made).producer);
    context.report(report);
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
