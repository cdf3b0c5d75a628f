#include "compiler/sizes.h"

#include <algorithm>
#include <set>

#include "base/error.h"

namespace lathe::compiler {
namespace {

/// Symbols that no profile speaks of have no limit.
void note_symbols(const ops::TensorType& type, plan::Plan& plan) {
  for (const Dim& d : type.shape)
    for (const std::string& name : d.symbols())
      for (plan::Profile& profile : plan.profiles) profile.try_emplace(name, plan::Extent{0, 1, int64_t{1} << 20});
}

/// What a profile says of a symbol that is now another's name holds for that one too.
void rename_profiles(const ir::Network& network, plan::Plan& plan) {
  for (plan::Profile& profile : plan.profiles) {
    plan::Profile made;
    for (const auto& [name, extent] : profile) {
      const Dim now = network.renamed(Dim::symbol(name));
      if (now.is_constant()) continue;  // the inputs' shapes say it
      auto [place, is_new] = made.try_emplace(std::string(now.symbol_name()), extent);
      plan::Extent& both = place->second;
      both = {std::max(both.min, extent.min), std::max(both.opt, extent.opt), std::min(both.max, extent.max)};
      both.opt = std::min(both.opt, both.max);
      if (both.max < both.min)
        fail(ErrorCode::invalid_argument, name, "give both one range", "it must equal {}, whose range is another",
             now.str());
    }
    profile = std::move(made);
  }
}

/// A bound is evaluated before anything runs, from the shapes of inputs.
void check_runtime_symbols(const plan::Plan& plan) {
  for (const plan::RuntimeSymbol& a : plan.runtime_symbols) {
    const std::vector<std::string> names = a.bound.symbols();
    for (const plan::RuntimeSymbol& b : plan.runtime_symbols) {
      if (&a != &b && a.name == b.name)
        fail(ErrorCode::unsupported, a.name, "give each step that counts a symbol of its own", "two steps count it");
      if (std::find(names.begin(), names.end(), b.name) != names.end())
        fail(ErrorCode::unsupported, a.name, "count what has sizes of the inputs",
             "its bound {} is known only when the network has run", a.bound.str());
    }
  }
}

/// Memory is taken at the bounds of what a run counts, which must bound the sizes; who speaks of a count comes after
/// the node that counts.
void check_sizes(const ir::Network& network, const plan::Plan& plan) {
  std::set<std::string> later;
  for (const plan::RuntimeSymbol& symbol : plan.runtime_symbols) later.insert(symbol.name);
  const std::set<std::string> counted = later;
  for (ir::NodeId id : network.nodes()) {
    const ir::Node& node = network.node(id);
    for (const ops::Count& count : counts_of(network, node)) later.erase(count.symbol);
    std::vector<Dim> dims = node.op.dims();
    for (ir::ValueId v : node.outputs)
      for (const Dim& d : network.value(v).type.shape) {
        const std::vector<std::string> names = d.symbols();
        if (!d.is_rising() &&
            std::any_of(names.begin(), names.end(), [&](const std::string& name) { return counted.contains(name); }))
          fail(ErrorCode::unsupported, node.name, "take sums, products and parts of counts, no differences",
               "its size {} falls where a count rises: nothing bounds it", d.str());
        dims.push_back(d);
      }
    for (const Dim& d : dims)
      for (const std::string& name : d.symbols())
        if (later.contains(name))
          fail(ErrorCode::unsupported, node.name, "put it behind the node that counts", "its size {} is counted later",
               d.str());
  }
}

}  // namespace

std::vector<ops::Count> counts_of(const ir::Network& network, const ir::Node& node) {
  return node.op.counts(network.types_of(node.inputs));
}

void note_equalities(const ir::Network& network, plan::Plan& plan) {
  // Each once: many steps may need the same.
  for (const std::vector<ir::Equality>& list : {network.equalities, network.compared()})
    for (const ir::Equality& e : list)
      if (!plan.find_equality(e.a, e.b)) plan.equalities.push_back({e.a, e.b, e.by});
}

void note_sizes(const ir::Network& network, plan::Plan& plan) {
  note_equalities(network, plan);
  rename_profiles(network, plan);
  for (const ir::Input& input : network.inputs) note_symbols(network.value(input.value).type, plan);
  for (ir::NodeId id : network.nodes())
    for (ops::Count& count : counts_of(network, network.node(id)))
      plan.runtime_symbols.push_back({std::move(count.symbol), std::move(count.most)});
  check_runtime_symbols(plan);
  check_sizes(network, plan);
}

}  // namespace lathe::compiler
