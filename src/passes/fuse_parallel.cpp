//   f(x Wa + a),  f(x Wb + b), ..   ->   y = f(x [Wa Wb ..] + [a b ..]),  slices of y along the last axis
//
// Products and convolutions (channels last, one group, the same windows) of one input whose results few columns make:
// x is packed and read once for all, and one step does what several did. Wide products gain nothing by that. Readers
// must read the slices where they lie: as the first input, or element by element.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/concat.h"
#include "ops/linear.h"
#include "ops/products.h"
#include "ops/unary.h"
#include "ops/where.h"
#include "passes/join_products.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

constexpr int64_t kMostColumns = 512;  ///< of one product

bool reads_in_place(const ir::Network& network, ir::ValueId value) {
  const ir::Node& reader = network.node(network.users(value).at(0));
  const bool first = reader.inputs[0] == value && std::count(reader.inputs.begin(), reader.inputs.end(), value) == 1;
  const bool product = ops::epilogue_of(reader.op) != nullptr;
  return (product && first) || reader.op.is<ops::Act>() || reader.op.is<ops::Binary>() || reader.op.is<ops::Unary>() ||
         reader.op.is<ops::Where>() || reader.op.is<ops::Concat>();
}

/// Whether two products do the same with weights of one type, whose shapes differ in columns alone.
bool alike(const ir::Network& network, const ir::Node& a, const ir::Node& b) {
  const ops::TensorType &v = network.value(a.inputs[1]).type, &w = network.value(b.inputs[1]).type;
  return a.op == b.op && v.dtype == w.dtype && v.rank() == w.rank() &&
         (a.op.is<ops::Linear>() || std::equal(v.shape.begin(), v.shape.end() - 1, w.shape.begin()));
}

bool is_narrow(const ir::Network& network, ir::ValueId value) {
  const Dim& columns = network.value(value).type.shape.back();
  return columns.is_constant() && columns.constant() <= kMostColumns;
}

}  // namespace

int fuse_parallel(ir::Network& network, const PassContext& context) {
  // By x: the products that read it, in the order of the network.
  std::map<ir::ValueId, std::vector<ir::ValueId>> readers;
  for (ir::NodeId id : network.nodes()) {
    const ir::Node& node = network.node(id);
    if (!ops::epilogue_of(node.op)) continue;
    const ir::ValueId y = node.outputs[0];
    if (columnwise_product(network, y) && is_narrow(network, y) && reads_in_place(network, y))
      readers[node.inputs[0]].push_back(y);
  }
  int rewrites = 0;
  for (auto& [x, results] : readers)
    while (results.size() > 1) {
      const ir::Node& first = *network.producer(results[0]);
      std::vector<ir::ValueId> group, others;
      for (ir::ValueId y : results) (alike(network, first, *network.producer(y)) ? group : others).push_back(y);
      if (group.size() > 1) {
        const std::string where = place(united_origins(network, std::vector{network.value(group[0]).producer}));
        join_products(network, group);
        context.report(fmt::format("{} beside {} became one", counted(group.size(), "product"), where));
        ++rewrites;
      }
      results = others;
    }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
