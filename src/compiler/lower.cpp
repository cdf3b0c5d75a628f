#include "compiler/lower.h"

#include <algorithm>
#include <map>
#include <set>

#include "backends/choose.h"
#include "backends/reasons.h"
#include "base/error.h"
#include "compiler/sizes.h"
#include "compiler/weights.h"
#include "ops/copy.h"
#include "ops/linear.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "plan/waits.h"

namespace lathe::compiler {
namespace {
using ir::NodeId;
using ir::ValueId;

class Lowering {
 public:
  /// `plan` has its name, profiles, devices and features. `weights`: of the whole plan. `placement` null: all on the
  /// host.
  Lowering(ir::Network network, plan::Plan& plan, Weights& weights, const backends::Machine& machine,
           const Placement* placement)
      : network_(std::move(network)),
        machine_(machine),
        plan_(plan),
        weights_(weights),
        steps_(&plan.steps),
        tensor_of_(network_.value_count(), -1),
        readers_(network_.value_count()),
        device_of_(network_.node_count(), plan::kHost) {
    size_t position = 0;
    for (NodeId id : network_.nodes())
      if (placement && placement->choose && network_.node(id).blocks.empty())
        device_of_[index(id)] = placement->choose(network_.node(id), position++);
  }

  void run(const std::function<void(double)>& progress) {
    note_sizes(network_, plan_);
    const std::set<std::string> in_use = network_.sizes_in_use();
    for (const ir::Input& input : network_.inputs) {
      plan_.inputs.push_back({network_.value(input.value).name,
                              add_tensor(input.value, plan::Storage::input, device_of_readers(input.value)),
                              input.absent, feeds_entry(input.value) ? plan::Form::padded : plan::Form::any, input.role,
                              input.declared});
      if (!network_.gives_sizes(input.value, in_use)) continue;
      for (const ops::Element& element : *network_.value(input.value).elements)
        plan_.inputs.back().elements.push_back(*element);
    }
    lower_nodes(progress);
    for (const ir::Entry& entry : network_.entries)
      if (!network_.is_constant(entry.value))  // what never changes needs no way in
        plan_.inputs.push_back({entry.name, tensor_of_[index(entry.value)], entry.absent, form_of(entry), entry.role});
    for (const ir::Output& output : network_.outputs)
      plan_.outputs.push_back(
          {output.name,
           network_.is_constant(output.value) ? weight_tensor(output.value, "", false) : row_major(output.value),
           output.on_demand, output.role});
    pin_copied();
    plan::note_waits(plan_);
  }

  /// The network as a block of a step, whose inputs the types name.
  plan::Block block(const ops::BlockTypes& types, const plan::Step& step) {
    plan::Block made;
    steps_ = &made.steps;
    note_equalities(network_, plan_);
    for (size_t i = 0; i < network_.inputs.size(); ++i) {
      const ValueId v = network_.inputs[i].value;
      if (types.from[i] < 0)
        add_tensor(v, plan::Storage::arena, plan::kHost);
      else
        tensor_of_[index(v)] = step.inputs[index(types.from[i])];
      made.inputs.push_back(tensor_of_[index(v)]);
    }
    lower_nodes({});
    for (const ir::Output& output : network_.outputs)
      made.outputs.push_back(network_.is_constant(output.value) ? weight_tensor(output.value, "", false)
                                                                : row_major(output.value));
    return made;
  }

 private:
  void lower_nodes(const std::function<void(double)>& progress) {
    std::vector<NodeId> nodes = network_.nodes();
    for (NodeId id : nodes)
      for (ValueId v : network_.node(id).inputs) ++readers_[index(v)];
    for (const ir::Output& output : network_.outputs) ++readers_[index(output.value)];
    for (size_t i = 0; i < nodes.size(); ++i) {
      lower_node(nodes[i]);
      free_constants(network_.node(nodes[i]));
      if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(nodes.size()));
    }
  }

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

  int device_of(NodeId id) const { return device_of_[index(id)]; }
  std::string_view device_name(int device) const { return plan_.devices[index(device)]; }

  /// Where an input is read, so that callers bind it there; the host where that is several devices or none.
  int device_of_readers(ValueId id) const {
    const std::vector<NodeId> users = network_.users(id);
    if (users.empty()) return plan::kHost;
    const int first = device_of(users[0]);
    return std::all_of(users.begin(), users.end(), [&](NodeId n) { return device_of(n) == first; }) ? first
                                                                                                    : plan::kHost;
  }

  /// The tensor of a value in the memory of a device: a copy in the same format where it is made elsewhere.
  int tensor_on(ValueId id, int device) {
    const int home = tensor_of_[index(id)], from_device = plan_.tensors[index(home)].device;
    if (from_device == device) return home;
    // Devices meet in the host's memory.
    const int from = from_device != plan::kHost && device != plan::kHost ? tensor_on(id, plan::kHost) : home;
    return copy_of(id, from, device, plan_.tensors[index(home)].format);
  }

  int row_major(ValueId id) { return tensor_in(id, plan_.tensors[index(tensor_of_[index(id)])].device, {}); }

  /// On a device in one format.
  int tensor_in(ValueId id, int device, const Format& format) {
    const int there = tensor_on(id, device);
    return plan_.tensors[index(there)].format == format ? there : copy_of(id, there, device, format);
  }

  /// A copy of a tensor of the value, made once. A queue brings it to another memory; within one, where it comes to lie
  /// otherwise, a tactic does it.
  int copy_of(ValueId id, int from, int device, const Format& format) {
    auto [known, is_new] = copies_.try_emplace({id, device, to_string(format)}, static_cast<int>(plan_.tensors.size()));
    if (!is_new) return known->second;
    const ir::Value& value = network_.value(id);
    const int from_device = plan_.tensors[index(from)].device;
    plan::Tensor copy{value.name, value.type, plan::Storage::arena};
    copy.name += from_device != device ? fmt::format("@{}", device_name(device))
                 : format.is_dense()   ? ":row-major"
                 : format.block == 1   ? ":ordered"
                                       : ":blocked";
    copy.format = format;
    copy.device = device;
    plan::Step step;
    step.name = "copy." + copy.name;
    step.op = ops::Copy{};
    step.tactic = plan::kCopyTactic;
    step.device = device != plan::kHost ? device : from_device;
    step.inputs = {from};
    step.outputs = {known->second};
    if (from_device == device) {
      const backends::Operand whole{value.type, operand(id).typical};
      const backends::Question question{step.op, {&whole, 1}, {&whole, 1}, machine_, device_name(device)};
      take(step, backends::choose(question,
                                  backends::takes(question, {{tensor_layout(from), plan_.tensors[index(from)].format}},
                                                  {{backends::layout_of(format), format}})));
    }
    plan_.tensors.push_back(std::move(copy));
    steps_->push_back(std::move(step));
    return known->second;
  }

  /// Error(unsupported) where nothing was chosen.
  static void take(plan::Step& step, const backends::Choice& choice) {
    if (!choice.tactic)
      fail(ErrorCode::unsupported, step.name, {}, "no tactic runs {} ({})", step.op.str(), choice.reasons());
    step.tactic = choice.tactic->name();
    step.estimate_us = choice.cost;
    for (const auto& rival : choice.rivals) step.rivals.push_back({rival.tactic, rival.reason});
  }

  /// What queues read and write of the host's memory.
  void pin_copied() {
    for (const plan::Step& step : plan_.steps) {
      if (step.tactic != plan::kCopyTactic) continue;
      for (int t : {step.inputs[0], step.outputs[0]}) {
        plan::Tensor& tensor = plan_.tensors[index(plan_.root(t))];
        if (tensor.device == plan::kHost && tensor.storage != plan::Storage::weight)
          tensor.memory = plan::Memory::pinned;
      }
    }
  }

  /// What the tactic reads of a value: where it lies, or a copy in the format that it wants.
  int tensor_for(const backends::Tactic& tactic, const backends::Question& question, size_t input, ValueId id,
                 int device) {
    const Format wanted = tactic.input_format(question, input);
    const int there = tensor_on(id, device);
    return wanted.is_dense() && tensor_layout(there) <= tactic.input_layout(input) ? there
                                                                                   : tensor_in(id, device, wanted);
  }
  int weight_for(const backends::Tactic& tactic, const backends::Question& question, size_t input, ValueId id,
                 bool transposed, int device) {
    const Format wanted = tactic.input_format(question, input);
    if (!wanted.is_dense()) return copy_of(id, weight_tensor(id, "", false, device), device, wanted);
    return weight_tensor(id, tactic.weight_format(question, input), transposed, device);
  }

  /// Whether distances in this format are known before the network runs: a device finds sizes that it counts too late.
  bool may_lie(const ops::TensorType& type, const Format& format) const {
    if (format.is_dense()) return true;
    if (bits_of(type.dtype) < 8 || !format.fits(type.rank())) return false;
    for (int d = 0; d < type.rank(); ++d)
      if (!format.may_vary(d) && plan_.is_run_time(type.shape[static_cast<size_t>(d)])) return false;
    return true;
  }

  /// A tactic reads views of these layouts, and wants formats of what may lie so.
  backends::Demand demand(const backends::Question& question, std::vector<backends::Layout> layouts) const {
    return [this, &question,
            views = backends::takes_layouts(question, std::move(layouts))](const backends::Tactic& tactic) {
      for (size_t i = 0; i < question.inputs.size(); ++i)
        if (!may_lie(question.inputs[i].type, tactic.input_format(question, i)))
          return backends::unsupported_layout("it wants a format that these sizes cannot have");
      for (size_t i = 0; i < question.outputs.size(); ++i)
        if (!may_lie(question.outputs[i].type, tactic.output_format(question, i)))
          return backends::unsupported_layout("it gives a format that these sizes cannot have");
      return views(tactic);
    };
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

  backends::Operand operand(ValueId id) const {
    const ir::Value& value = network_.value(id);
    backends::Operand result{value.type, {}, value.constant.has_value()};
    for (const Dim& d : value.type.shape)
      result.typical.push_back(d.evaluate([this](std::string_view n) { return plan_.typical(n); }));
    return result;
  }

  /// The packed format in which a product reads the constant as its transposed W; empty: none does.
  std::string_view product_format(ValueId id) const {
    for (NodeId user : network_.users(id)) {
      const ir::Node& node = network_.node(user);
      const auto* linear = node.op.as<ops::Linear>();
      if (!linear || !linear->transposed || node.inputs[1] != id) continue;
      const Asked asked = ask(node);
      const backends::Question question{node.op, asked.inputs, asked.outputs, machine_, device_name(device_of(user))};
      if (const auto* tactic = backends::choose(question, demand(question, {})).tactic)
        return tactic->weight_format(question, 1);
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

  int add_tensor(ValueId id, plan::Storage storage, int device) {
    const ir::Value& value = network_.value(id);
    plan::Tensor tensor{value.name, value.type, storage};
    tensor.device = device;
    plan_.tensors.push_back(std::move(tensor));
    tensor_of_[index(id)] = static_cast<int>(plan_.tensors.size() - 1);
    return tensor_of_[index(id)];
  }

  backends::Layout tensor_layout(int t) const {
    return plan_.is_part_of_rows(t) ? backends::Layout::rows : backends::layout_of(plan_.tensors[index(t)].format);
  }
  backends::Layout layout_of(ValueId id) const {
    const int t = tensor_of_[index(id)];
    return t < 0 ? backends::Layout::dense : tensor_layout(t);
  }
  bool is_dense(ValueId id) const { return layout_of(id) == backends::Layout::dense; }

  /// How the result of a transpose lies when it is a view of what it transposes.
  static Format format_of(const ops::Transpose& transpose) {
    const auto rank = static_cast<int>(transpose.perm.size());
    Shape order;
    for (int64_t axis : transpose.perm) order.push_back(axis);  // a place for each
    for (int d = 0; d < rank; ++d) {
      const int64_t axis = transpose.perm[static_cast<size_t>(d)];
      order[static_cast<int>(axis < 0 ? axis + rank : axis)] = d;
    }
    return in_order(order);
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

  /// Whether every reader runs as well on a view of the value of this layout, and it is no output.
  bool readers_take(ValueId id, int device, backends::Layout layout) const {
    if (network_.is_output(id) || network_.users(id).empty()) return false;
    for (NodeId user : network_.users(id)) {
      if (device_of(user) != device || !network_.node(user).blocks.empty()) return false;  // copied whole
      const ir::Node& node = network_.node(user);
      Asked asked = ask(node);
      backends::Question question{node.op, asked.inputs, asked.outputs, machine_, device_name(device)};
      std::vector<backends::Layout> layouts(node.inputs.size());
      for (size_t i = 0; i < layouts.size(); ++i)
        if (node.inputs[i] == id) layouts[i] = layout;
      if (backends::choose(question, demand(question, {})).tactic !=
          backends::choose(question, demand(question, std::move(layouts))).tactic)
        return false;
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
    const int device = from.device;
    int base = plan_.root(source);
    int64_t offset = 0;
    // Where a run compares the counts, a step does.
    bool reshape = node.op.is<ops::Reshape>() && is_dense(in) &&
                   count_of(network_.value(in).type.shape) == count_of(network_.value(out).type.shape);
    const auto* slice = node.op.as<ops::Slice>();
    bool columns = slice && column_slice(*slice, network_.value(in).type, &offset) &&
                   layout_of(in) <= backends::Layout::rows && readers_take(out, device, backends::Layout::rows);
    // Of what lies row-major: an order of an order, or of columns, is a step.
    const auto* transpose = node.op.as<ops::Transpose>();
    const Format format = transpose ? format_of(*transpose) : Format{};
    const bool turned = transpose && is_dense(in) && may_lie(network_.value(out).type, format) &&
                        readers_take(out, device, backends::layout_of(format));
    // Columns of a view are columns of its base only where the view itself has the base's rows.
    if (columns && base != source && is_dense(in) && !(from.type.shape == plan_.tensors[index(base)].type.shape))
      return false;
    if (!reshape && !columns && !turned) return false;
    if (network_.is_output(out) && plan_.tensors[index(base)].storage != plan::Storage::arena) return false;
    if (is_entry(out)) return false;
    int64_t whole = from.storage == plan::Storage::view ? from.offset + offset : offset;
    int view = add_tensor(out, plan::Storage::view, device);
    plan_.tensors[index(view)].base = base;
    plan_.tensors[index(view)].offset = whole;
    plan_.tensors[index(view)].format = format;
    return true;
  }

  void lower_node(NodeId id) {
    const ir::Node& node = network_.node(id);
    const int device = device_of(id);
    if (!node.blocks.empty()) return lower_control(node);
    if (lower_as_view(node)) return;
    Asked asked = ask(node);
    backends::Question question{node.op, asked.inputs, asked.outputs, machine_, device_name(device)};
    std::vector<backends::Layout> layouts(node.inputs.size());
    // What is read on another device than it lies on comes there as a copy of its own; so does what has a format that
    // the tactic does not read.
    for (size_t i = 0; i < layouts.size(); ++i)
      if (const int t = tensor_of_[index(node.inputs[i])];
          t >= 0 && plan_.tensors[index(t)].device == device && plan_.tensors[index(t)].storage == plan::Storage::view)
        layouts[i] = tensor_layout(t);
    const backends::Choice choice = backends::choose(question, demand(question, std::move(layouts)));
    for (size_t i = 0; i < node.inputs.size(); ++i)
      // Only matrices are read by products; a number that all of a large network reads is asked about for none of it.
      if (network_.is_constant(node.inputs[i]) && network_.value(node.inputs[i]).type.rank() == 2 &&
          network_.users(node.inputs[i]).size() > 1) {
        asked.inputs[i].format = product_format(node.inputs[i]);
        asked.inputs[i].transposed = !asked.inputs[i].format.empty();
      }
    plan::Step step;
    step.name = node.name;
    step.op = node.op;
    step.device = device;
    step.origins = node.origins;
    take(step, choice);
    const auto* linear = node.op.as<ops::Linear>();
    for (size_t i = 0; i < node.inputs.size(); ++i)
      step.inputs.push_back(network_.is_constant(node.inputs[i])
                                ? weight_for(*choice.tactic, question, i, node.inputs[i],
                                             linear ? linear->transposed : asked.inputs[i].transposed, device)
                                : tensor_for(*choice.tactic, question, i, node.inputs[i], device));
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      step.outputs.push_back(add_tensor(node.outputs[i], plan::Storage::arena, device));
      plan_.tensors.back().format = choice.tactic->output_format(question, i);
    }
    steps_->push_back(std::move(step));
    // Callers bind an entry row-major, and whoever reads it reads what they bind.
    for (ValueId v : node.outputs)
      if (is_entry(v)) tensor_of_[index(v)] = row_major(v);
  }

  void lower_control(const ir::Node& node) {
    plan::Step step;
    step.name = node.name;
    step.op = node.op;
    step.tactic = plan::kControlTactic;
    step.origins = node.origins;
    for (ValueId v : node.inputs)
      step.inputs.push_back(network_.is_constant(v) ? weight_tensor(v, "", false) : tensor_in(v, plan::kHost, {}));
    for (ValueId v : node.outputs) step.outputs.push_back(add_tensor(v, plan::Storage::arena, plan::kHost));
    const std::vector<ops::BlockTypes> blocks = node.op.blocks(network_.types_of(node.inputs));
    for (size_t b = 0; b < blocks.size(); ++b)
      step.blocks.push_back(Lowering(*node.blocks[b], plan_, weights_, machine_, nullptr).block(blocks[b], step));
    steps_->push_back(std::move(step));
  }

  int weight_tensor(ValueId id, std::string_view format, bool transposed, int device = plan::kHost) {
    return weights_.tensor(network_.value(id), format, transposed, device);
  }

  /// A model is larger than what a machine may have left: what is packed is held once.
  void free_constants(const ir::Node& node) {
    for (ValueId v : node.inputs)
      if (--readers_[index(v)] == 0 && network_.is_constant(v)) network_.value(v).constant->data = {};
  }

  ir::Network network_;
  const backends::Machine& machine_;
  plan::Plan& plan_;
  Weights& weights_;
  std::vector<plan::Step>* steps_;  ///< of the plan, or of a block
  std::vector<int> tensor_of_;      ///< per value; -1: not made yet
  std::vector<int> readers_;        ///< per value: reads by nodes that are not lowered yet
  std::vector<int> device_of_;      ///< per node
  /// By value, device and format: the tensor.
  std::map<std::tuple<ValueId, int, std::string>, int> copies_;
};

}  // namespace

plan::Plan lower(ir::Network network, const std::vector<plan::Profile>& profiles, const backends::Machine& machine,
                 const Placement& placement, const std::function<void(double)>& progress, bool packs) {
  plan::Plan plan;
  plan.name = network.name;
  plan.profiles = profiles;
  if (plan.profiles.empty()) plan.profiles.emplace_back();
  plan.devices = placement.devices;
  plan.features = machine.features.names();
  Weights weights(plan, packs);
  Lowering(std::move(network), plan, weights, machine, &placement).run(progress);
  return plan;
}

}  // namespace lathe::compiler
