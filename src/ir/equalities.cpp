// Sizes that a run must find equal: where two symbols are one, the network has one name for them, so that rules prove
// what follows. What is left the rules of nodes say, and each run compares it.
#include <algorithm>

#include "base/error.h"
#include "base/number.h"
#include "ir/attempt.h"

namespace lathe::ir {
namespace {

std::vector<Dim> replaced(std::vector<Dim> dims, const std::function<Dim(const Dim&)>& replacement) {
  for (Dim& d : dims) d = replacement(d);
  return dims;
}

}  // namespace

Dim Network::renamed(const Dim& dim) const {
  if (renamed_.empty()) return dim;
  return dim.substitute([this](std::string_view symbol) {
    auto known = renamed_.find(symbol);
    if (known == renamed_.end()) return Dim::symbol(symbol);
    while (true) {
      const auto next = renamed_.find(known->second.symbol_name());
      if (next == renamed_.end()) return known->second;
      known = next;
    }
  });
}

ops::TensorType Network::renamed(const ops::TensorType& type) const {
  if (renamed_.empty()) return type;
  return {type.dtype, replaced(type.shape, [this](const Dim& d) { return renamed(d); })};
}

ops::Op Network::renamed(const ops::Op& op) const {
  return renamed_.empty() ? op : op.with_dims([this](const Dim& d) { return renamed(d); });
}

/// Roles that name a dimension (ops/port.h) name it as shapes do.
PortRole Network::renamed(PortRole role) const {
  if (renamed_.empty() || role.of.empty() || (role.role != Role::bounds && role.role != Role::rows)) return role;
  try {
    role.of = renamed(Dim::parse(role.of)).str();
  } catch (const Error&) {}  // NOLINT(bugprone-empty-catch): what is no dimension has no symbols
  return role;
}

ops::Elements Network::elements(ValueId id) const {
  const Value& v = value(id);
  return v.constant ? ops::elements_of(v.type, v.constant->data.data) : v.elements;
}

std::vector<Equality> Network::compared() const { return compared(nodes()); }

std::vector<Equality> Network::compared(const std::vector<NodeId>& list) const {
  std::vector<Equality> found;
  for (NodeId id : list) {
    ops::Equalities needed;
    node(id).op.infer(types_of(node(id).inputs), needed);
    for (ops::Equality& e : needed) found.push_back({std::move(e.a), std::move(e.b), node(id).name});
  }
  return found;
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
      for (const Block& block : n.blocks)
        for (const auto& [symbol, counter] : counted)
          if (block->speaks_of(symbol)) before[static_cast<size_t>(id)].push_back(counter);
    }
    if (!n.op.may_count()) continue;
    for (const ops::Count& count : n.op.counts(types_of(n.inputs))) counted.emplace(count.symbol, id);
  }
  return before;
}

bool Network::unify(const Dim& a, const Dim& b, std::string_view by) {
  Attempt attempt(*this);
  const bool is_new = unify_all({{a, b, std::string(by)}});
  attempt.keep();
  return is_new;
}

/// Whether one of them gave a name. What is compared may be lone symbols then, so that it gives names too.
bool Network::unify_all(std::vector<Equality> needed) {
  bool is_new = false;
  for (size_t i = 0; i < needed.size(); ++i) {
    if (!unify_one(Equality(needed[i]))) continue;
    is_new = true;
    const std::vector<Equality> follow = compared(touched(undo_.back()));
    needed.insert(needed.begin() + static_cast<ptrdiff_t>(i) + 1, follow.begin(), follow.end());
  }
  return is_new;
}

bool Network::is_counted(const std::string& symbol) const {
  const auto known = mentions_.find(symbol);
  return known != mentions_.end() && std::any_of(known->second.counters.begin(), known->second.counters.end(),
                                                 [this](NodeId id) { return node(id).alive; });
}

bool Network::unify_one(const Equality& needed) {
  const Dim a = renamed(needed.a), b = renamed(needed.b);
  if (a == b || is_block_) return false;
  // What a step counts keeps its name: a run compares it when it is known.
  const auto lone = [&](const Dim& d) { return !d.symbol_name().empty() && !is_counted(std::string(d.symbol_name())); };
  const bool goes_a = lone(a) && (lone(b) || b.is_constant()), goes_b = lone(b) && (lone(a) || a.is_constant());
  if (!goes_a && !goes_b) return false;
  const auto first_use = [&](const Dim& d) {
    const auto known = mentions_.find(std::string(d.symbol_name()));
    return known == mentions_.end() ? SIZE_MAX : known->second.first_input;
  };
  const bool is_a = goes_a && (!goes_b || has_numbers(a) || first_use(b) < first_use(a));
  const size_t before = undo_.size();
  rename(std::string((is_a ? a : b).symbol_name()), is_a ? b : a);
  // A size that is now 1 may broadcast where it did not: then a run compares it.
  if (!follows_rules(touched(undo_.back()), needed.by)) {
    undo_to(before);
    return false;
  }
  const auto text_of = [](const Equality& e) { return e.a.str() + " == " + e.b.str(); };
  const auto place = std::upper_bound(equalities.begin(), equalities.end(), needed,
                                      [&](const Equality& x, const Equality& y) { return text_of(x) < text_of(y); });
  undo_.back().equality = static_cast<size_t>(equalities.insert(place, needed) - equalities.begin());
  return true;
}

/// The nodes that read, make or have what a rename has changed, in order.
std::vector<NodeId> Network::touched(const Renaming& renaming) const {
  std::vector<NodeId> found;
  for (const Renaming::OfNode& n : renaming.nodes) found.push_back(n.id);
  for (const Renaming::OfValue& v : renaming.values) {
    if (const NodeId from = value(v.id).producer; from != kNone) found.push_back(from);
    if (static_cast<size_t>(v.id) >= uses_.size()) continue;
    const std::vector<NodeId>& readers = uses_[static_cast<size_t>(v.id)];
    found.insert(found.end(), readers.begin(), readers.end());
  }
  std::erase_if(found, [this](NodeId id) { return !node(id).alive; });
  std::sort(found.begin(), found.end(), [this](NodeId x, NodeId y) { return rank(x) < rank(y); });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// Whether all types are still those that the ops' rules give. Error(shape_mismatch) where a rule refuses what it took.
bool Network::follows_rules(const std::vector<NodeId>& list, std::string_view by) const {
  for (NodeId id : list) {
    const Node& n = node(id);
    ops::Equalities needed;
    try {
      if (!(n.op.infer(types_of(n.inputs), needed) == types_of(n.outputs))) return false;
    } catch (const Error& error) {
      fail(ErrorCode::shape_mismatch, by, {}, "it needs what '{}' does not allow: {}", n.name, error.what());
    }
    for (const Block& block : n.blocks)
      if (!block->keeps_rules()) return false;
  }
  return true;
}

/// The same of a block, which may never run: what its rules would refuse is not done.
bool Network::keeps_rules() const {
  try {
    return follows_rules(nodes(), {});
  } catch (const Error&) {
    return false;
  }
}

Network::Block Network::renamed(Block block) const {
  std::vector<std::pair<std::string, Dim>> gone;
  for (const auto& [symbol, mentions] : block->mentions_)
    if (renamed_.contains(symbol)) gone.emplace_back(symbol, renamed(Dim::symbol(symbol)));
  if (gone.empty()) return block;
  auto made = std::make_shared<Network>(*block);
  for (const auto& [symbol, to] : gone) made->rename(symbol, to);
  made->undo_.clear();
  return made;
}

void Network::add_block(NodeId id, std::shared_ptr<const Network> block) {
  node(id).blocks.push_back(renamed(std::move(block)));
  note_symbols_of_block(id, *node(id).blocks.back());
}

namespace {

/// Each mention once, as those of one value or node come in a row.
void note(std::vector<int32_t>& list, int32_t id) {
  if (list.empty() || list.back() != id) list.push_back(id);
}

}  // namespace

void Network::note_symbols_of_value(ValueId id) {
  const auto note_dim = [&](const Dim& d) {
    for (const std::string& symbol : d.symbols()) note(mentions_[symbol].values, id);
  };
  for (const Dim& d : value(id).type.shape) note_dim(d);
  if (!value(id).elements) return;
  for (const ops::Element& element : *value(id).elements)
    if (element) note_dim(*element);
}

void Network::note_symbols_of_node(NodeId id) {
  for (const Dim& d : node(id).op.dims())
    for (const std::string& symbol : d.symbols()) note(mentions_[symbol].nodes, id);
  for (const Block& block : node(id).blocks) note_symbols_of_block(id, *block);
}

void Network::note_symbols_of_block(NodeId id, const Network& block) {
  for (const auto& [symbol, mentions] : block.mentions_) note(mentions_[symbol].nodes, id);
}

void Network::rename(const std::string& symbol, const Dim& to) {
  const auto replace = [&](const Dim& d) {
    return d.substitute([&](std::string_view each) { return each == symbol ? to : Dim::symbol(each); });
  };
  Renaming& made = undo_.emplace_back();
  made.symbol = symbol;
  made.to = to.symbol_name();
  renamed_.emplace(symbol, to);
  if (const auto known = mentions_.find(symbol); known != mentions_.end()) {
    made.of_symbol = std::move(known->second);
    mentions_.erase(known);
  }
  const Mentions& gone = made.of_symbol;
  for (ValueId id : gone.values) {
    Value& v = value(id);
    made.values.push_back({id, v.type.shape, v.elements});
    v.type.shape = replaced(std::move(v.type.shape), replace);
    if (!v.elements) continue;
    for (ops::Element& element : *v.elements)
      if (element) element = replace(*element);
  }
  for (NodeId id : gone.nodes) {
    Node& n = node(id);
    if (!n.alive) continue;
    made.nodes.push_back({id, n.op, n.blocks});
    if (!n.op.dims().empty()) n.op = n.op.with_dims(replace);
    // Blocks speak of the same sizes. Copies of the network keep theirs.
    for (Block& block : n.blocks) {
      if (!block->speaks_of(symbol)) continue;
      auto copy = std::make_shared<Network>(*block);
      copy->rename(symbol, to);
      copy->undo_.clear();
      block = std::move(copy);
    }
  }
  note_declared(made);
  rename_roles(made);
  if (!made.to.empty()) merge_mentions(made);
}

/// The first rename in a shape keeps what was declared.
void Network::note_declared(Renaming& renaming) {
  if (renaming.of_symbol.first_input == SIZE_MAX) return;
  std::vector<std::pair<ValueId, size_t>> changed;
  for (size_t i = 0; i < renaming.values.size(); ++i) changed.emplace_back(renaming.values[i].id, i);
  std::sort(changed.begin(), changed.end());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].declared.empty()) continue;
    const auto known = std::lower_bound(changed.begin(), changed.end(), std::pair(inputs[i].value, size_t{0}));
    if (known == changed.end() || known->first != inputs[i].value) continue;
    if (renaming.values[known->second].shape == value(inputs[i].value).type.shape) continue;  // its elements changed
    inputs[i].declared = renaming.values[known->second].shape;
    renaming.declared.push_back(i);
  }
}

void Network::rename_roles(Renaming& renaming) {
  const auto rename_all = [this](auto& ports, std::vector<std::pair<size_t, std::string>>& before) {
    for (size_t i = 0; i < ports.size(); ++i) {
      PortRole role = renamed(ports[i].role);
      if (role == ports[i].role) continue;
      before.emplace_back(i, std::move(ports[i].role.of));
      ports[i].role = std::move(role);
    }
  };
  rename_all(inputs, renaming.of_inputs);
  rename_all(entries, renaming.of_entries);
}

void Network::merge_mentions(Renaming& renaming) {
  const Mentions& gone = renaming.of_symbol;
  Mentions& to = mentions_[renaming.to];
  renaming.values_of_to = to.values.size();
  renaming.nodes_of_to = to.nodes.size();
  renaming.first_of_to = to.first_input;
  to.values.insert(to.values.end(), gone.values.begin(), gone.values.end());
  to.nodes.insert(to.nodes.end(), gone.nodes.begin(), gone.nodes.end());
  to.first_input = std::min(to.first_input, gone.first_input);
  renaming.merged = true;
}

void Network::undo_to(size_t count) noexcept {
  for (; undo_.size() > count; undo_.pop_back()) {
    Renaming& last = undo_.back();
    renamed_.erase(last.symbol);
    if (last.equality != SIZE_MAX) equalities.erase(equalities.begin() + static_cast<ptrdiff_t>(last.equality));
    for (size_t input : last.declared) inputs[input].declared.clear();
    for (auto& [input, of] : last.of_inputs) inputs[input].role.of = std::move(of);
    for (auto& [entry, of] : last.of_entries) entries[entry].role.of = std::move(of);
    // A value may be noted twice: what was noted first is what it was.
    for (auto v = last.values.rbegin(); v != last.values.rend(); ++v) {
      value(v->id).type.shape = std::move(v->shape);
      value(v->id).elements = std::move(v->elements);
    }
    for (auto n = last.nodes.rbegin(); n != last.nodes.rend(); ++n) {
      node(n->id).op = std::move(n->op);
      node(n->id).blocks = std::move(n->blocks);
    }
    if (const auto to = mentions_.find(last.to); to != mentions_.end() && last.merged) {
      to->second.values.resize(last.values_of_to);
      to->second.nodes.resize(last.nodes_of_to);
      to->second.first_input = last.first_of_to;
      if (to->second.values.empty() && to->second.nodes.empty() && to->second.counters.empty()) mentions_.erase(to);
    }
    if (!last.of_symbol.values.empty() || !last.of_symbol.nodes.empty() || !last.of_symbol.counters.empty())
      mentions_[last.symbol] = std::move(last.of_symbol);
  }
}

}  // namespace lathe::ir
