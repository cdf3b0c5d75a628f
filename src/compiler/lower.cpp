#include "compiler/lower.h"

#include <algorithm>
#include <set>

#include "backends/choose.h"
#include "base/error.h"
#include "ops/linear.h"
#include "ops/reshape.h"
#include "ops/slice.h"

namespace lathe::compiler {
namespace {
using ir::NodeId;
using ir::ValueId;

class Lowering {
 public:
  Lowering(ir::Network network, const std::vector<plan::Profile>& profiles, const backends::Machine& machine)
      : network_(std::move(network)),
        machine_(machine),
        tensor_of_(network_.value_count(), -1),
        readers_(network_.value_count()) {
    plan_.name = network_.name;
    plan_.profiles = profiles;
    if (plan_.profiles.empty()) plan_.profiles.emplace_back();
    plan_.features = machine.features.names();
  }

  plan::Plan run(const std::function<void(double)>& progress) {
    for (const std::vector<ir::Equality>& list : {network_.equalities, network_.compared()})
      for (const ir::Equality& e : list) plan_.equalities.push_back({e.a, e.b, e.by});
    rename_profiles();
    for (const ir::Input& input : network_.inputs) note_symbols(network_.value(input.value).type);
    for (const ir::Input& input : network_.inputs)
      plan_.inputs.push_back({network_.value(input.value).name, add_tensor(input.value, plan::Storage::input),
                              input.absent, feeds_entry(input.value) ? plan::Form::padded : plan::Form::any, input.role,
                              input.declared});
    for (NodeId id : network_.nodes()) note_runtime_symbols(network_.node(id));
    check_runtime_symbols();
    check_sizes();
    std::vector<NodeId> nodes = network_.nodes();
    for (NodeId id : nodes)
      for (ValueId v : network_.node(id).inputs) ++readers_[index(v)];
    for (const ir::Output& output : network_.outputs) ++readers_[index(output.value)];
    for (size_t i = 0; i < nodes.size(); ++i) {
      lower_node(network_.node(nodes[i]));
      free_constants(network_.node(nodes[i]));
      if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(nodes.size()));
    }
    for (const ir::Entry& entry : network_.entries)
      if (!network_.is_constant(entry.value))  // what never changes needs no way in
        plan_.inputs.push_back({entry.name, tensor_of_[index(entry.value)], entry.absent, form_of(entry), entry.role});
    for (const ir::Output& output : network_.outputs)
      plan_.outputs.push_back({output.name,
                               network_.is_constant(output.value) ? weight_tensor(output.value, "", false)
                                                                  : tensor_of_[index(output.value)],
                               output.on_demand, output.role});
    return std::move(plan_);
  }

 private:
  static size_t index(ValueId id) { return static_cast<size_t>(id); }

  /// The values that are computed from one, and it itself.
  std::vector<bool> reached_from(ValueId id) const {
    std::vector<bool> reached(network_.value_count());
    reached[index(id)] = true;
    for (NodeId n : network_.nodes()) {
      const ir::Node& node = network_.node(n);
      bool reads = std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId v) { return reached[index(v)]; });
      for (ValueId v : node.outputs) reached[index(v)] = reads || v == id;
    }
    return reached;
  }

  /// Whether an entry is computed from the value: binding the entry replaces it.
  bool feeds_entry(ValueId id) const {
    const std::vector<bool> reached = reached_from(id);
    return std::any_of(network_.entries.begin(), network_.entries.end(),
                       [&](const ir::Entry& entry) { return reached[index(entry.value)]; });
  }

  /// An entry that is computed from another one belongs to no form of the batch: it may be bound, and need not be.
  plan::Form form_of(const ir::Entry& entry) const {
    const bool later = std::any_of(network_.entries.begin(), network_.entries.end(), [&](const ir::Entry& other) {
      return other.value != entry.value && reached_from(other.value)[index(entry.value)];
    });
    return later ? plan::Form::any : plan::Form::packed;
  }

  void note_symbols(const ops::TensorType& type) {
    for (const Dim& d : type.shape)
      for (const std::string& name : d.symbols())
        for (plan::Profile& profile : plan_.profiles) profile.try_emplace(name, plan::Extent{0, 1, int64_t{1} << 20});
  }

  /// What a profile says of a symbol that is now another's name holds for that one too.
  void rename_profiles() {
    for (plan::Profile& profile : plan_.profiles) {
      plan::Profile made;
      for (const auto& [name, extent] : profile) {
        const Dim now = network_.renamed(Dim::symbol(name));
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

  void note_runtime_symbols(const ir::Node& node) {
    ops::Types types;
    for (ValueId v : node.inputs) types.push_back(network_.value(v).type);
    for (ops::Count& count : node.op.counts(types))
      plan_.runtime_symbols.push_back({std::move(count.symbol), std::move(count.most)});
  }

  /// A bound is evaluated before anything runs, from the shapes of inputs.
  void check_runtime_symbols() const {
    for (const plan::RuntimeSymbol& a : plan_.runtime_symbols) {
      const std::vector<std::string> names = a.bound.symbols();
      for (const plan::RuntimeSymbol& b : plan_.runtime_symbols) {
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
  void check_sizes() const {
    std::set<std::string> later;
    for (const plan::RuntimeSymbol& symbol : plan_.runtime_symbols) later.insert(symbol.name);
    const std::set<std::string> counted = later;
    for (NodeId id : network_.nodes()) {
      const ir::Node& node = network_.node(id);
      ops::Types types;
      for (ValueId v : node.inputs) types.push_back(network_.value(v).type);
      for (const ops::Count& count : node.op.counts(types)) later.erase(count.symbol);
      std::vector<Dim> dims = node.op.dims();
      for (ValueId v : node.outputs)
        for (const Dim& d : network_.value(v).type.shape) {
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
            fail(ErrorCode::unsupported, node.name, "put it behind the node that counts",
                 "its size {} is counted later", d.str());
    }
  }

  int64_t typical(std::string_view name) const {
    const plan::Profile& first = plan_.profiles[0];
    if (auto extent = first.find(std::string(name)); extent != first.end()) return extent->second.opt;
    for (const plan::RuntimeSymbol& symbol : plan_.runtime_symbols)
      if (symbol.name == name) return symbol.bound.evaluate([this](std::string_view n) { return typical(n); });
    return 1;
  }

  backends::Operand operand(ValueId id) const {
    const ir::Value& value = network_.value(id);
    backends::Operand result{value.type, {}, value.constant.has_value()};
    for (const Dim& d : value.type.shape)
      result.typical.push_back(d.evaluate([this](std::string_view n) { return typical(n); }));
    return result;
  }

  /// The packed format in which a product reads the constant as its transposed W; empty: none does.
  std::string_view product_format(ValueId id) const {
    for (NodeId user : network_.users(id)) {
      const ir::Node& node = network_.node(user);
      const auto* linear = node.op.as<ops::Linear>();
      if (!linear || !linear->transposed || node.inputs[1] != id) continue;
      const Asked asked = ask(node);
      const backends::Question question{node.op, asked.inputs, asked.outputs, machine_};
      if (const auto* tactic = backends::choose(question, {}).tactic) return tactic->weight_format(question, 1);
    }
    return {};
  }

  struct Asked {
    std::vector<backends::Operand> inputs, outputs;
  };
  Asked ask(const ir::Node& node) const {
    Asked asked;
    for (ValueId v : node.inputs) asked.inputs.push_back(operand(v));
    for (ValueId v : node.outputs) asked.outputs.push_back(operand(v));
    return asked;
  }

  int add_tensor(ValueId id, plan::Storage storage) {
    const ir::Value& value = network_.value(id);
    plan_.tensors.push_back({value.name, value.type, storage, -1, -1, 0});
    tensor_of_[index(id)] = static_cast<int>(plan_.tensors.size() - 1);
    return tensor_of_[index(id)];
  }

  bool is_strided(ValueId id) const {
    int t = tensor_of_[index(id)];
    if (t < 0 || plan_.tensors[index(t)].storage != plan::Storage::view) return false;
    const plan::Tensor& view = plan_.tensors[index(t)];
    return !(count_of(view.type.shape) == count_of(plan_.tensors[index(view.base)].type.shape));
  }

  /// Columns [offset, offset + width) of every row, or no such slice.
  static bool column_slice(const ops::Slice& op, const ops::TensorType& in, int64_t* offset) {
    for (size_t i = 0; i < op.start.size(); ++i) {
      if (!op.stride.empty() && op.stride[i] != 1) return false;
      bool last = i + 1 == op.start.size();
      if (!last && (!(op.start[i] == Dim(0)) || !(op.size[i] == in.shape[i]))) return false;
      if (last && (!op.start[i].is_constant() || !op.size[i].is_constant() || !in.shape[i].is_constant())) return false;
      if (last) *offset = op.start[i].constant();
    }
    return !op.start.empty();
  }

  /// Whether every reader runs as well on a strided view of the value, and it is no output.
  bool readers_take_strides(ValueId id) const {
    if (network_.is_output(id)) return false;
    for (NodeId user : network_.users(id)) {
      const ir::Node& node = network_.node(user);
      Asked asked = ask(node);
      backends::Question question{node.op, asked.inputs, asked.outputs, machine_};
      std::vector<bool> strided(node.inputs.size());
      for (size_t i = 0; i < strided.size(); ++i) strided[i] = node.inputs[i] == id;
      if (backends::choose(question, {}).tactic != backends::choose(question, strided).tactic) return false;
    }
    return true;
  }

  bool is_entry(ValueId id) const {
    return std::any_of(network_.entries.begin(), network_.entries.end(),
                       [&](const ir::Entry& entry) { return entry.value == id; });
  }

  bool lower_as_view(const ir::Node& node) {
    if (node.inputs.size() != 1 || network_.is_constant(node.inputs[0])) return false;
    ValueId in = node.inputs[0], out = node.outputs[0];
    int source = tensor_of_[index(in)];
    const plan::Tensor& from = plan_.tensors[index(source)];
    int base = from.storage == plan::Storage::view ? from.base : source;
    int64_t offset = 0;
    // Where a run compares the counts, a step does.
    bool reshape = node.op.is<ops::Reshape>() && !is_strided(in) &&
                   count_of(network_.value(in).type.shape) == count_of(network_.value(out).type.shape);
    const auto* slice = node.op.as<ops::Slice>();
    bool columns = slice && column_slice(*slice, network_.value(in).type, &offset) && readers_take_strides(out);
    // Columns of a view are columns of its base only where the view itself has the base's rows.
    if (columns && base != source && !is_strided(in) && !(from.type.shape == plan_.tensors[index(base)].type.shape))
      return false;
    if (!reshape && !columns) return false;
    if (network_.is_output(out) && plan_.tensors[index(base)].storage != plan::Storage::arena) return false;
    if (is_entry(out)) return false;
    int64_t whole = from.storage == plan::Storage::view ? from.offset + offset : offset;
    int view = add_tensor(out, plan::Storage::view);
    plan_.tensors[index(view)].base = base;
    plan_.tensors[index(view)].offset = whole;
    return true;
  }

  void lower_node(const ir::Node& node) {
    if (lower_as_view(node)) return;
    Asked asked = ask(node);
    backends::Question question{node.op, asked.inputs, asked.outputs, machine_};
    std::vector<bool> strided(node.inputs.size());
    for (size_t i = 0; i < strided.size(); ++i) strided[i] = is_strided(node.inputs[i]);
    backends::Choice choice = backends::choose(question, strided);
    for (size_t i = 0; i < node.inputs.size(); ++i)
      if (network_.is_constant(node.inputs[i]) && network_.users(node.inputs[i]).size() > 1) {
        asked.inputs[i].format = product_format(node.inputs[i]);
        asked.inputs[i].transposed = !asked.inputs[i].format.empty();
      }
    if (!choice.tactic) {
      std::string reasons;
      for (const auto& rival : choice.rivals)
        reasons += (reasons.empty() ? "" : ", ") + rival.tactic + ": " + rival.reason;
      fail(ErrorCode::unsupported, node.name, {}, "no tactic runs {} ({})", node.op.str(),
           reasons.empty() ? "none exists" : reasons);
    }
    plan::Step step;
    step.name = node.name;
    step.op = node.op;
    step.tactic = choice.tactic->name();
    step.origins = node.origins;
    step.estimate_us = choice.cost;
    for (const auto& rival : choice.rivals) step.rivals.push_back({rival.tactic, rival.reason});
    const auto* linear = node.op.as<ops::Linear>();
    for (size_t i = 0; i < node.inputs.size(); ++i)
      step.inputs.push_back(network_.is_constant(node.inputs[i])
                                ? weight_tensor(node.inputs[i], choice.tactic->weight_format(question, i),
                                                linear ? linear->transposed : asked.inputs[i].transposed)
                                : tensor_of_[index(node.inputs[i])]);
    for (ValueId v : node.outputs) step.outputs.push_back(add_tensor(v, plan::Storage::arena));
    plan_.steps.push_back(std::move(step));
  }

  /// The weight in the format that the tactic reads; one for each constant, format and direction, packed once.
  int weight_tensor(ValueId id, std::string_view format, bool transposed) {
    transposed = transposed && !format.empty();
    auto [made, is_new] = weights_.emplace(std::tuple(id, std::string(format), transposed), plan_.tensors.size());
    if (!is_new) return static_cast<int>(made->second);
    const ir::Value& value = network_.value(id);
    plan::Weight weight;
    weight.name = value.name;
    weight.recipe = value.constant->recipe ? ir::to_string(*value.constant->recipe) : "";
    weight.dtype = value.type.dtype;
    for (const Dim& d : value.type.shape) weight.shape.push_back(d.constant());
    weight.format = format;
    weight.transposed = transposed;
    // Row-major weights are copied too: a plan in memory does not hold on to the model's files.
    const Blob& source = value.constant->data;
    weight.data = format.empty() ? region_.copy_of(source.bytes())
                                 : backends::repack(value.name, source, weight.dtype, weight.shape, weight.transposed,
                                                    "", format, region_);
    source.forget();
    plan_.weights.push_back(std::move(weight));
    plan_.tensors.push_back(
        {value.name, value.type, plan::Storage::weight, static_cast<int>(plan_.weights.size() - 1), -1, 0});
    return static_cast<int>(made->second);
  }

  /// A model is larger than what a machine may have left: what is packed is held once.
  void free_constants(const ir::Node& node) {
    for (ValueId v : node.inputs)
      if (--readers_[index(v)] == 0 && network_.is_constant(v)) network_.value(v).constant->data = {};
  }

  ir::Network network_;
  const backends::Machine& machine_;
  plan::Plan plan_;
  BlobRegion region_;           ///< the plan's weights, in the order of the steps
  std::vector<int> tensor_of_;  ///< per value; -1: not made yet
  std::vector<int> readers_;    ///< per value: reads by nodes that are not lowered yet
  std::map<std::tuple<ValueId, std::string, bool>, size_t> weights_;  ///< by value, format, transposed: the tensor
};

}  // namespace

plan::Plan lower(ir::Network network, const std::vector<plan::Profile>& profiles, const backends::Machine& machine,
                 const std::function<void(double)>& progress) {
  return Lowering(std::move(network), profiles, machine).run(progress);
}

}  // namespace lathe::compiler
