#include "ir/network.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/half.h"
#include "ir/attempt.h"
#include "ops/fill.h"

namespace lathe::ir {

std::string Network::unique_name(std::string_view base) {
  auto [known, is_new] = names_.try_emplace(std::string(base), 1);
  if (is_new) return known->first;
  int& next = known->second;  // stays where it is when names are added
  while (true) {
    std::string candidate = fmt::format("{}.{}", base, next++);
    if (names_.try_emplace(candidate, 1).second) return candidate;
  }
}

namespace {

/// `base`, base + separator + "1", ...: the first that is free.
std::string first_free(std::string_view base, char separator, const std::function<bool(std::string_view)>& taken) {
  std::string name(base);
  for (int i = 1; taken(name); ++i) name = fmt::format("{}{}{}", base, separator, i);
  return name;
}

bool names(const Dim& dim, std::string_view symbol) {
  const std::vector<std::string> all = dim.symbols();
  return std::find(all.begin(), all.end(), symbol) != all.end();
}

/// None where they are more than a dimension can say: nobody may need them.
ops::Elements elements_of(const ops::Op& op, const ops::Types& types, const ops::Contents& known,
                          const ops::TensorType& type) {
  try {
    ops::Elements elements = op.elements(types, known, type);
    // Arithmetic of 32 bits wraps where that of dimensions does not.
    if (elements && type.dtype == DType::i32)
      for (ops::Element& element : *elements)
        if (element && element->is_constant() && (element->constant() > INT32_MAX || element->constant() < INT32_MIN))
          element.reset();
    return elements;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::out_of_range) throw;
    return std::nullopt;
  }
}

/// What is known of elements, from these nodes on, where they read others now; `note` is told whose is another.
void refresh_elements(Network& network, std::vector<NodeId> nodes, const std::function<void(ValueId)>& note) {
  while (!nodes.empty()) {
    std::set<NodeId> next;
    for (NodeId id : nodes) {
      const Node& node = network.node(id);
      if (!node.op.knows_elements()) continue;
      ops::Contents known;
      for (ValueId v : node.inputs) known.push_back(network.elements(v));
      for (ValueId made : node.outputs) {
        Value& value = network.value(made);
        ops::Elements now = elements_of(node.op, network.types_of(node.inputs), known, value.type);
        if (now == value.elements) continue;
        value.elements = std::move(now);
        note(made);
        for (NodeId reader : network.users(made)) next.insert(reader);
      }
    }
    nodes.assign(next.begin(), next.end());
  }
}

}  // namespace

std::string Network::unique_input_name(std::string_view base) const {
  return first_free(base, '.', [this](std::string_view candidate) {
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const Input& i) { return value(i.value).name == candidate; }) ||
           std::any_of(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == candidate; });
  });
}

std::string Network::unique_output_name(std::string_view base) const {
  return first_free(base, '.', [this](std::string_view candidate) {
    return std::any_of(outputs.begin(), outputs.end(), [&](const Output& o) { return o.name == candidate; });
  });
}

/// Numbers that are taken are most often those up to one: it is found by halving, not by counting.
std::string Network::unique_symbol(std::string_view base) const {
  const auto numbered = [&](int64_t i) { return i == 0 ? std::string(base) : fmt::format("{}_{}", base, i); };
  const auto is_taken = [&](int64_t i) {
    const std::string symbol = numbered(i);
    return speaks_of(symbol) || renamed_.contains(symbol);
  };
  int64_t taken = -1, free = 0;
  while (is_taken(free)) taken = std::exchange(free, 2 * free + 1);
  while (free - taken > 1) {
    const int64_t middle = taken + (free - taken) / 2;
    (is_taken(middle) ? taken : free) = middle;
  }
  return numbered(free);
}

ValueId Network::add_input(std::string_view value_name, ops::TensorType type, InputDefault absent, PortRole role) {
  ops::TensorType own = renamed(type);
  std::vector<Dim> declared;
  if (!(own.shape == type.shape)) declared = std::move(type.shape);
  values_.push_back({unique_name(value_name), std::move(own), kNone, std::nullopt});
  auto id = static_cast<ValueId>(values_.size() - 1);
  inputs.push_back({id, absent, renamed(std::move(role)), std::move(declared)});
  note_symbols_of_value(id);
  for (const Dim& d : value(id).type.shape)
    for (const std::string& symbol : d.symbols()) {
      size_t& first = mentions_[symbol].first_input;
      first = std::min(first, inputs.size() - 1);
    }
  return id;
}

ValueId Network::add_constant(std::string_view value_name, ops::TensorType type, Constant constant) {
  Dim count = count_of(type.shape);
  if (!count.is_constant() || static_cast<int64_t>(constant.data.size) != bytes_of(type.dtype, count.constant()))
    fail(ErrorCode::shape_mismatch, value_name, {}, "a constant {} cannot have {} bytes", to_string(type),
         constant.data.size);
  values_.push_back({unique_name(value_name), std::move(type), kNone, std::move(constant)});
  return static_cast<ValueId>(values_.size() - 1);
}

ValueId Network::add_scalar(float number, DType type) {
  std::byte bytes[4] = {};
  if (type == DType::bf16) {
    uint16_t half = f32_to_bf16(number);
    std::memcpy(bytes, &half, 2);
  } else {
    if (type != DType::f32)
      fail(ErrorCode::invalid_argument, "scalar", "make it f32 or bf16", "type {} is not made", to_string(type));
    std::memcpy(bytes, &number, 4);
  }
  auto recipe = std::make_shared<Recipe>();
  recipe->op = ops::Fill{type, {}, static_cast<double>(number)};
  return add_constant(fmt::format("scalar_{}", number), {type, {}},
                      {Blob::copy_of({bytes, size_of(type)}), std::move(recipe)});
}

ops::Types Network::types_of(const std::vector<ValueId>& values) const {
  ops::Types types;
  for (ValueId id : values) types.push_back(value(id).type);
  return types;
}

/// The op and its inputs in the form that networks have, with one name for what it needs equal; types of its outputs.
ops::Types Network::settle(ops::Op& op, std::vector<ValueId>& node_inputs, std::string_view base) {
  bool is_computed = false;
  if (op.resolves()) {
    ops::Contents known;
    for (ValueId id : node_inputs) known.push_back(elements(id));
    auto [full, remaining] = renamed(op).resolve(types_of(node_inputs), known);
    op = std::move(full);
    is_computed = remaining < node_inputs.size();
    node_inputs.resize(remaining);
  }
  // Names that become one show more. It ends: symbols grow fewer, and so do numbers that are dimensions.
  while (true) {
    op = renamed(op);
    ops::Equalities needed;
    ops::Types result = op.infer(types_of(node_inputs), needed);
    std::vector<Equality> list;
    for (ops::Equality& e : needed) list.push_back({std::move(e.a), std::move(e.b), std::string(base)});
    if (!unify_all(std::move(list)) && !make_sizes(op, result, is_computed, base)) return result;
  }
}

std::vector<ValueId> Network::add(ops::Op op, std::vector<ValueId> node_inputs, std::string_view base,
                                  std::vector<std::string> origins,
                                  std::vector<std::shared_ptr<const Network>> blocks) {
  Attempt attempt(*this);
  for (const Block& block : blocks)
    if (!block->is_block())
      fail(ErrorCode::invalid_argument, base, "call become_block() before its nodes are added",
           "a network that it runs is no block");
  ops::Types result;
  try {
    result = settle(op, node_inputs, base);
  } catch (const Error& error) {
    throw Error(error.code(), base, error.what());
  }
  std::vector<ValueId> made = add_settled(std::move(op), std::move(node_inputs), std::move(result), base,
                                          std::move(origins), std::move(blocks));
  attempt.keep();
  return made;
}

/// All that may refuse comes first, so that nothing is left of a node that is refused.
std::vector<ValueId> Network::add_settled(ops::Op op, std::vector<ValueId> node_inputs, ops::Types result,
                                          std::string_view base, std::vector<std::string> origins,
                                          std::vector<Block> node_blocks) {
  for (const ops::TensorType& type : result)
    if (type.rank() > Shape::kMaxRank)
      fail(ErrorCode::unsupported, base, "use fewer dimensions", "{} has more than {} dimensions", to_string(type),
           Shape::kMaxRank);
  const ops::Types types = types_of(node_inputs);
  ops::Contents known;
  for (ValueId id : node_inputs) known.push_back(op.knows_elements() ? elements(id) : std::nullopt);
  const std::vector<ops::Count> counts = op.counts(types);
  for (const ops::Count& count : counts)
    if (std::any_of(renamed_.begin(), renamed_.end(), [&](const auto& entry) {
          return entry.first == count.symbol || names(entry.second, count.symbol);
        }))
      fail(ErrorCode::unsupported, base, "give it a symbol of its own", "it counts {}, which is a size of inputs",
           count.symbol);
  std::vector<ops::Elements> found;
  for (const ops::TensorType& type : result) found.push_back(elements_of(op, types, known, type));
  for (Block& block : node_blocks) block = renamed(std::move(block));
  auto id = static_cast<NodeId>(nodes_.size());
  Node node;
  node.name = unique_name(base);
  node.op = std::move(op);
  node.inputs.ids_ = std::move(node_inputs);
  node.origins = std::move(origins);
  node.blocks = std::move(node_blocks);
  for (size_t i = 0; i < result.size(); ++i) {
    std::string value_name = result.size() == 1 ? node.name + ".out" : fmt::format("{}.out{}", node.name, i);
    values_.push_back({unique_name(value_name), std::move(result[i]), id, std::nullopt, std::move(found[i])});
    node.outputs.push_back(static_cast<ValueId>(values_.size() - 1));
    note_symbols_of_value(node.outputs.back());
  }
  nodes_.push_back(std::move(node));
  order_.push_back(id);
  rank_.push_back(next_rank_++);
  note_reads(id);
  note_symbols_of_node(id);
  for (const ops::Count& count : counts) mentions_[count.symbol].counters.push_back(id);
  return nodes_.back().outputs;
}

ValueId Network::add1(ops::Op op, std::vector<ValueId> node_inputs, std::string_view base,
                      std::vector<std::string> origins) {
  return add(std::move(op), std::move(node_inputs), base, std::move(origins)).at(0);
}

void Network::mark_output(std::string_view output_name, ValueId id, bool on_demand, PortRole role) {
  outputs.push_back({std::string(output_name), id, on_demand, std::move(role)});
}

void Network::mark_entry(std::string_view entry_name, ValueId id, InputDefault absent, PortRole role) {
  entries.push_back({std::string(entry_name), id, absent, renamed(std::move(role))});
}

const Node* Network::producer(ValueId id) const {
  NodeId from = value(id).producer;
  return from == kNone ? nullptr : &node(from);
}

void Network::note_reads(NodeId id) {
  uses_.resize(values_.size());
  const NodeInputs& read = node(id).inputs;
  for (auto input = read.begin(); input != read.end(); ++input)
    if (std::find(read.begin(), input, *input) == input) uses_[static_cast<size_t>(*input)].push_back(id);
}

/// Lists without erased nodes.
void Network::note_all_reads() {
  uses_.assign(values_.size(), {});
  for (NodeId id : order_) note_reads(id);
}

std::vector<NodeId> Network::nodes() const {
  std::vector<NodeId> live;
  live.reserve(order_.size());
  for (NodeId n : order_)
    if (node(n).alive) live.push_back(n);
  return live;
}

std::vector<NodeId> Network::users(ValueId id) const {
  std::vector<NodeId> found;
  if (static_cast<size_t>(id) >= uses_.size()) return found;
  for (NodeId n : uses_[static_cast<size_t>(id)])
    if (node(n).alive) found.push_back(n);
  std::sort(found.begin(), found.end(), [this](NodeId a, NodeId b) { return rank(a) < rank(b); });
  return found;
}

void Network::set_input(NodeId id, size_t index, ValueId to) {
  uses_.resize(values_.size());
  NodeInputs& read = node(id).inputs;
  if (!read.contains(to)) uses_[static_cast<size_t>(to)].push_back(id);
  const ValueId from = std::exchange(read.ids_.at(index), to);
  forget_read(id, from);
  if (!(elements(from) == elements(to)))
    refresh_elements(*this, {id}, [this](ValueId changed) { note_symbols_of_value(changed); });
}

void Network::drop_input(NodeId id, size_t index) {
  std::vector<ValueId>& read = node(id).inputs.ids_;
  const ValueId from = read.at(index);
  read.erase(read.begin() + static_cast<ptrdiff_t>(index));
  forget_read(id, from);
}

/// The node has let go of one read of the value.
void Network::forget_read(NodeId id, ValueId from) {
  if (node(id).inputs.contains(from)) return;
  std::vector<NodeId>& list = uses_[static_cast<size_t>(from)];
  if (const auto place = std::find(list.begin(), list.end(), id); place != list.end()) list.erase(place);
}

bool Network::is_output(ValueId id) const {
  return std::any_of(outputs.begin(), outputs.end(), [&](const Output& o) { return o.value == id; });
}

bool Network::used_once(ValueId id) const {
  if (is_output(id) || static_cast<size_t>(id) >= uses_.size()) return false;
  int live = 0;
  for (NodeId n : uses_[static_cast<size_t>(id)])
    if (node(n).alive && ++live > 1) return false;
  return live == 1;
}

void Network::replace(ValueId from, ValueId to) {
  if (!(value(from).type == value(to).type))
    fail(ErrorCode::internal, value(from).name, {}, "a rewrite changes the type {} to {}", to_string(value(from).type),
         to_string(value(to).type));
  if (from == to) return;
  uses_.resize(values_.size());
  const std::vector<NodeId> readers = users(from);
  for (NodeId n : readers) {
    if (!node(n).inputs.contains(to)) uses_[static_cast<size_t>(to)].push_back(n);
    for (ValueId& input : node(n).inputs.ids_)
      if (input == from) input = to;
  }
  uses_[static_cast<size_t>(from)].clear();
  for (Output& output : outputs)
    if (output.value == from) output.value = to;
  if (!(elements(from) == elements(to)))
    refresh_elements(*this, readers, [this](ValueId changed) { note_symbols_of_value(changed); });
}

void Network::erase(NodeId id) { node(id).alive = false; }

bool Network::remove_dead() {
  std::vector<bool> wanted(values_.size());
  for (const Output& output : outputs) wanted[static_cast<size_t>(output.value)] = true;
  const std::vector<std::vector<NodeId>> counting = counters();
  std::vector<NodeId> kept;
  const std::vector<NodeId> before = nodes();
  for (auto n = before.rbegin(); n != before.rend(); ++n) {
    bool live = std::any_of(node(*n).outputs.begin(), node(*n).outputs.end(),
                            [&](ValueId v) { return wanted[static_cast<size_t>(v)]; });
    node(*n).alive = live;
    if (!live) continue;
    kept.push_back(*n);
    for (ValueId v : node(*n).inputs) wanted[static_cast<size_t>(v)] = true;
    for (NodeId counter : counting[static_cast<size_t>(*n)])
      wanted[static_cast<size_t>(node(counter).outputs[0])] = true;
  }
  for (size_t i = 0; i < values_.size(); ++i)
    if (std::optional<Constant>& constant = values_[i].constant; constant && !wanted[i])
      constant->data = {nullptr, nullptr, constant->data.size};
  bool removed = kept.size() != before.size();
  order_.assign(kept.rbegin(), kept.rend());
  note_all_reads();
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [&](const Entry& e) { return !wanted[static_cast<size_t>(e.value)]; }),
                entries.end());
  return removed;
}

void Network::sort() {
  std::vector<int> state(nodes_.size());  // 0 new, 1 being visited, 2 done
  const std::vector<std::vector<NodeId>> before = counters();
  std::vector<NodeId> sorted;
  // Depth-first with an explicit stack: networks from files may be deep.
  for (NodeId root : nodes()) {
    std::vector<std::pair<NodeId, size_t>> stack;
    if (state[static_cast<size_t>(root)] == 0) stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto& [id, next] = stack.back();
      state[static_cast<size_t>(id)] = 1;
      const std::vector<ValueId>& read = node(id).inputs;
      const std::vector<NodeId>& counting = before[static_cast<size_t>(id)];
      if (next == read.size() + counting.size()) {
        state[static_cast<size_t>(id)] = 2;
        sorted.push_back(id);
        stack.pop_back();
        continue;
      }
      NodeId from = next < read.size() ? value(read[next]).producer : counting[next - read.size()];
      ++next;
      if (from == kNone || state[static_cast<size_t>(from)] == 2) continue;
      if (state[static_cast<size_t>(from)] == 1)
        fail(ErrorCode::internal, node(from).name, {}, "the network has a cycle through this node");
      stack.emplace_back(from, 0);
    }
  }
  order_ = std::move(sorted);
  next_rank_ = 0;
  for (NodeId n : order_) rank_[static_cast<size_t>(n)] = next_rank_++;
  note_all_reads();
}

std::vector<ValueId> Network::live_constants() const {
  std::vector<bool> read(values_.size());
  for (NodeId n : nodes())
    for (ValueId v : node(n).inputs) read[static_cast<size_t>(v)] = true;
  for (const Output& output : outputs) read[static_cast<size_t>(output.value)] = true;
  std::vector<ValueId> found;
  for (size_t i = 0; i < values_.size(); ++i)
    if (read[i] && values_[i].constant) found.push_back(static_cast<ValueId>(i));
  return found;
}

}  // namespace lathe::ir
