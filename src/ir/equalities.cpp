// Sizes that a run must find equal: where two symbols are one, the network has one name for them, so that rules prove
// what follows. What is left the rules of nodes say, and each run compares it.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "ir/network.h"

namespace lathe::ir {
namespace {

std::vector<Dim> replaced(std::vector<Dim> dims, const std::function<Dim(const Dim&)>& replacement) {
  for (Dim& d : dims) d = replacement(d);
  return dims;
}

/// Where the symbol comes first among the shapes of inputs.
size_t first_use(const Network& network, std::string_view symbol) {
  for (size_t i = 0; i < network.inputs.size(); ++i)
    for (const Dim& d : network.value(network.inputs[i].value).type.shape)
      if (const std::vector<std::string> names = d.symbols();
          std::find(names.begin(), names.end(), symbol) != names.end())
        return i;
  return network.inputs.size();
}

std::set<std::string> counted_symbols(const Network& network) {
  std::set<std::string> counted;
  for (NodeId id : network.nodes()) {
    const Node& n = network.node(id);
    if (!n.op.may_count()) continue;
    for (ops::Count& count : n.op.counts(network.types_of(n.inputs))) counted.insert(std::move(count.symbol));
  }
  return counted;
}

}  // namespace

Dim Network::renamed(const Dim& dim) const {
  if (renamed_.empty()) return dim;
  return dim.substitute([this](std::string_view symbol) {
    auto known = renamed_.find(symbol);
    return known == renamed_.end() ? Dim::symbol(symbol) : known->second;
  });
}

ops::TensorType Network::renamed(const ops::TensorType& type) const {
  if (renamed_.empty()) return type;
  return {type.dtype, replaced(type.shape, [this](const Dim& d) { return renamed(d); })};
}

ops::Op Network::renamed(const ops::Op& op) const {
  return renamed_.empty() ? op : op.with_dims([this](const Dim& d) { return renamed(d); });
}

ops::Elements Network::elements(ValueId id) const {
  const Value& v = value(id);
  return v.constant ? ops::elements_of(v.type, v.constant->data.data) : v.elements;
}

std::vector<Equality> Network::compared() const {
  std::vector<Equality> list;
  for (NodeId id : nodes()) {
    ops::Equalities needed;
    node(id).op.infer(types_of(node(id).inputs), needed);
    for (ops::Equality& e : needed) list.push_back({std::move(e.a), std::move(e.b), node(id).name});
  }
  return list;
}

std::vector<std::vector<NodeId>> Network::counters() const {
  std::vector<std::vector<NodeId>> before(nodes_.size());
  std::map<std::string, NodeId> counted;
  for (NodeId id : nodes()) {
    const Node& n = node(id);
    if (!counted.empty()) {
      std::vector<Dim> dims = n.op.dims();
      for (ValueId v : n.outputs) dims.insert(dims.end(), value(v).type.shape.begin(), value(v).type.shape.end());
      for (const Dim& d : dims)
        for (const std::string& symbol : d.symbols())
          if (auto known = counted.find(symbol); known != counted.end())
            before[static_cast<size_t>(id)].push_back(known->second);
    }
    if (!n.op.may_count()) continue;
    for (const ops::Count& count : n.op.counts(types_of(n.inputs))) counted.emplace(count.symbol, id);
  }
  return before;
}

bool Network::unify(const Dim& first, const Dim& second, std::string_view by) {
  const Dim a = renamed(first), b = renamed(second);
  if (a == b || is_block_) return false;
  // What a step counts keeps its name: a run compares it when it is known.
  const std::set<std::string> counted = counted_symbols(*this);
  const auto lone = [&](const Dim& d) {
    return !d.symbol_name().empty() && !counted.contains(std::string(d.symbol_name()));
  };
  const bool goes_a = lone(a) && (lone(b) || b.is_constant()), goes_b = lone(b) && (lone(a) || a.is_constant());
  if (!goes_a && !goes_b) return false;
  const bool is_a = goes_a && (!goes_b || first_use(*this, b.symbol_name()) < first_use(*this, a.symbol_name()));
  Network trial = *this;
  trial.rename(std::string((is_a ? a : b).symbol_name()), is_a ? b : a);
  // A size that is now 1 may broadcast where it did not: then a run compares it.
  if (!trial.follows_rules(by)) return false;
  const Equality made{first, second, std::string(by)};
  const auto text_of = [](const Equality& e) { return e.a.str() + " == " + e.b.str(); };
  trial.equalities.insert(
      std::upper_bound(trial.equalities.begin(), trial.equalities.end(), made,
                       [&](const Equality& x, const Equality& y) { return text_of(x) < text_of(y); }),
      made);
  *this = std::move(trial);
  // Products that were compared may be lone symbols now.
  for (const Equality& e : compared()) unify(e.a, e.b, e.by);
  return true;
}

/// Whether all types are still those that the ops' rules give. Error(shape_mismatch) where a rule refuses what it took.
bool Network::follows_rules(std::string_view by) const {
  for (NodeId id : nodes()) {
    const Node& n = node(id);
    ops::Equalities needed;
    try {
      if (!(n.op.infer(types_of(n.inputs), needed) == types_of(n.outputs))) return false;
    } catch (const Error& error) {
      fail(ErrorCode::shape_mismatch, by, {}, "it needs what '{}' does not allow: {}", n.name, error.what());
    }
    for (const std::shared_ptr<const Network>& block : n.blocks)
      if (!block->keeps_rules()) return false;
  }
  return true;
}

/// The same of a block, which may never run: what its rules would refuse is not done.
bool Network::keeps_rules() const {
  try {
    return follows_rules({});
  } catch (const Error&) {
    return false;
  }
}

std::shared_ptr<const Network> Network::renamed(std::shared_ptr<const Network> block) const {
  if (renamed_.empty()) return block;
  auto made = std::make_shared<Network>(*block);
  for (const auto& [symbol, to] : renamed_) made->rename(symbol, to);
  return made;
}

void Network::add_block(NodeId id, std::shared_ptr<const Network> block) {
  node(id).blocks.push_back(renamed(std::move(block)));
}

void Network::rename(const std::string& symbol, const Dim& to) {
  const auto replace = [&](const Dim& d) {
    return d.substitute([&](std::string_view each) { return each == symbol ? to : Dim::symbol(each); });
  };
  for (auto& [old, dim] : renamed_) dim = replace(dim);
  renamed_.emplace(symbol, to);
  for (Input& input : inputs) {
    const std::vector<Dim>& shape = value(input.value).type.shape;
    if (input.declared.empty() && !(replaced(shape, replace) == shape)) input.declared = shape;
  }
  for (Value& v : values_) {
    v.type.shape = replaced(std::move(v.type.shape), replace);
    if (!v.elements) continue;
    for (ops::Element& element : *v.elements)
      if (element) element = replace(*element);
  }
  for (NodeId id : nodes()) {
    Node& n = node(id);
    if (!n.op.dims().empty()) n.op = n.op.with_dims(replace);
    // Blocks speak of the same sizes. Copies of the network keep theirs.
    for (std::shared_ptr<const Network>& block : n.blocks) {
      auto made = std::make_shared<Network>(*block);
      made->rename(symbol, to);
      block = std::move(made);
    }
  }
}

}  // namespace lathe::ir
