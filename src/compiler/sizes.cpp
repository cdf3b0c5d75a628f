#include "compiler/sizes.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/number.h"

namespace lathe::compiler {
namespace {

std::vector<ops::Count> counts_of(const ir::Network& network, const ir::Node& node) {
  return node.op.counts(network.types_of(node.inputs));
}

/// Symbols that no profile speaks of have no limit.
void note_symbols(const ops::TensorType& type, plan::Plan& plan) {
  for (const Dim& d : type.shape)
    for (const std::string& name : d.symbols())
      for (plan::Profile& profile : plan.profiles) profile.try_emplace(name, plan::Extent{0, 1, int64_t{1} << 20});
}

/// What is no dimension of an input is limited by what kernels count with.
void note_size_of_elements(const Dim& d, plan::Plan& plan) {
  if (!has_numbers(d) && !d.symbol_name().empty())
    for (plan::Profile& profile : plan.profiles)
      profile.try_emplace(std::string(d.symbol_name()), plan::Extent{0, 1, INT32_MAX});
}

/// What follows from elements of inputs, as far as sizes need it. `given`: symbols that are known before.
void note_definitions(const ir::Network& network, const std::set<std::string>& in_use, std::set<std::string>& given,
                      plan::Plan& plan) {
  for (ir::Definition& d : network.definitions()) {
    const std::string lone(d.size.symbol_name());
    if (!lone.empty() && !in_use.contains(lone)) continue;
    for (const std::string& name : d.value.symbols())
      if (!given.contains(name))
        fail(ErrorCode::invalid_argument, d.by, "define it by elements and dimensions of inputs",
             "of {} = {} nothing says what {} is", d.size.str(), d.value.str(), name);
    if (!lone.empty()) given.insert(lone);
    note_size_of_elements(d.size, plan);
    plan.definitions.push_back({std::move(d.size), std::move(d.value), std::move(d.by)});
  }
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

/// A bound is evaluated before anything runs, from the shapes of inputs: of what is counted before, its bound counts.
Dim bound_of(const ops::Count& count, const ir::Node& node, const plan::Plan& plan) {
  if (plan.is_run_time(count.most) && !count.most.is_rising())
    fail(ErrorCode::unsupported, node.name, "count what grows with what was counted before",
         "its bound {} falls where a count rises", count.most.str());
  return plan.bound_of(count.most);
}

std::set<std::string> symbols_of_inputs(const ir::Network& network) {
  std::set<std::string> symbols;
  for (const ir::Input& input : network.inputs)
    for (const Dim& d : network.value(input.value).type.shape)
      for (std::string& name : d.symbols()) symbols.insert(std::move(name));
  for (const ir::Input& input : network.inputs)
    if (const ops::Elements& elements = network.value(input.value).elements)
      for (const ops::Element& element : *elements)
        for (std::string& name : element->symbols()) symbols.insert(std::move(name));
  return symbols;
}

void note_counts(const ir::Network& network, plan::Plan& plan) {
  for (ir::NodeId id : network.nodes())
    for (ops::Count& count : counts_of(network, network.node(id))) {
      for (const plan::RuntimeSymbol& other : plan.runtime_symbols)
        if (other.name == count.symbol)
          fail(ErrorCode::unsupported, count.symbol, "give each step that counts a symbol of its own",
               "two steps count it");
      Dim bound = bound_of(count, network.node(id), plan);
      plan.runtime_symbols.push_back({std::move(count.symbol), std::move(bound)});
    }
}

/// Every size follows from inputs and counts. Memory is taken at the bounds of what a run counts, which must bound the
/// sizes; who speaks of a count comes after the node that counts.
class SizeCheck {
 public:
  SizeCheck(std::set<std::string> given, const plan::Plan& plan) : known_(std::move(given)) {
    for (const plan::RuntimeSymbol& symbol : plan.runtime_symbols) counted_.insert(symbol.name);
  }

  void check(const ir::Network& network) {
    for (ir::NodeId id : network.nodes()) {
      const ir::Node& node = network.node(id);
      for (ops::Count& count : counts_of(network, node)) {
        if (network.is_block())
          fail(ErrorCode::unsupported, node.name, "take it out of the block",
               "{} finds a size as it runs, which no step within a block may", node.op.name());
        known_.insert(std::move(count.symbol));
      }
      for (const auto& block : node.blocks) check(*block);
      for (const Dim& d : node.op.dims()) need(node, d);
      for (ir::ValueId v : node.outputs)
        for (const Dim& d : network.value(v).type.shape) {
          need(node, d);
          const std::vector<std::string> names = d.symbols();
          if (!d.is_rising() && std::any_of(names.begin(), names.end(),
                                            [this](const std::string& name) { return counted_.contains(name); }))
            fail(ErrorCode::unsupported, node.name, "take sums, products and parts of counts, no differences",
                 "its size {} falls where a count rises: nothing bounds it", d.str());
        }
    }
  }

 private:
  void need(const ir::Node& node, const Dim& d) const {
    for (const std::string& name : d.symbols()) {
      if (known_.contains(name)) continue;
      if (counted_.contains(name))
        fail(ErrorCode::unsupported, node.name, "put it behind the node that counts", "its size {} is counted later",
             d.str());
      fail(ErrorCode::invalid_argument, node.name, "name a dimension of an input, or what a node counts",
           "of its size {} nothing says what {} is", d.str(), name);
    }
  }

  std::set<std::string> known_, counted_;
};

}  // namespace

void check_counts(const ir::Network& network) {
  const std::set<std::string> given = symbols_of_inputs(network);
  for (ir::NodeId id : network.nodes())
    for (const ops::Count& count : counts_of(network, network.node(id)))
      if (given.contains(count.symbol))
        fail(ErrorCode::invalid_argument, network.node(id).name, "name what it counts otherwise",
             "it counts {}, which is a size of an input", count.symbol);
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
  std::set<std::string> given = symbols_of_inputs(network);
  const std::set<std::string> in_use = network.sizes_in_use();
  for (const ir::Input& input : network.inputs)
    if (network.gives_sizes(input.value, in_use))
      for (const ops::Element& element : *network.value(input.value).elements) note_size_of_elements(*element, plan);
  note_definitions(network, in_use, given, plan);
  check_counts(network);
  note_counts(network, plan);
  SizeCheck(std::move(given), plan).check(network);
}

}  // namespace lathe::compiler
