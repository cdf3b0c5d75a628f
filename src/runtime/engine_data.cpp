#include "runtime/engine_data.h"

#include <algorithm>

#include "backends/choose.h"
#include "base/error.h"
#include "base/log.h"
#include "ops/copy.h"
#include "ops/linear.h"
#include "plan/sequences.h"

namespace lathe::runtime {

EngineData::EngineData(Plan source) : handle(std::move(source)), plan(*handle.data()) {
  open_devices();
  index_symbols();
  index_ports();
  prepare_steps();
  load_weights();
  note_live_dims();
}

void EngineData::note_live_dims() {
  live_dims.resize(dims.size());
  for (const PreparedStep& step : steps)
    for (size_t i = 0; step.device && i < step.symbols.size(); ++i)
      for (size_t d = 0; d < dims.size(); ++d)
        if (auto linear = dims[d].linear_in(symbols[static_cast<size_t>(step.symbols[i])]);
            linear && !(linear->first == Dim(0)))
          live_dims[d].push_back({step.symbols[i], i, linear->first, linear->second});
}

void EngineData::open_devices() {
  for (const std::string& name : plan.devices) {
    devices.push_back(backends::backends_of(name)[0]->device());
    if (!devices.back() && name != backends::kHost)
      fail(ErrorCode::unsupported_machine, fmt::format("device {}", name), "install another backend",
           "its backend has no device");
  }
}

/// Weights of the host are read where the plan has them; a device gets its own.
void EngineData::load_weights() {
  weight_data.assign(plan.tensors.size(), nullptr);
  std::vector<std::unique_ptr<backends::Queue>> queues(devices.size());
  for (size_t t = 0; t < plan.tensors.size(); ++t) {
    const plan::Tensor& tensor = plan.tensors[t];
    if (tensor.storage != plan::Storage::weight) continue;
    const Blob& data = weights[static_cast<size_t>(tensor.weight)];
    backends::Device* device = devices[static_cast<size_t>(tensor.device)];
    if (!device) {
      weight_data[t] = data.data;
      continue;
    }
    std::unique_ptr<backends::Queue>& queue = queues[static_cast<size_t>(tensor.device)];
    if (!queue) queue = device->make_queue();
    device_weights_.emplace_back().reserve(*device, std::max<size_t>(data.size, 1));
    queue->upload(device_weights_.back().data(), data.data, data.size);
    weight_data[t] = device_weights_.back().data();
  }
  for (const std::unique_ptr<backends::Queue>& queue : queues)
    if (queue) queue->wait(queue->record());
}

int EngineData::symbol(std::string_view name) const {
  auto known = symbol_index_.find(name);
  return known == symbol_index_.end() ? -1 : known->second;
}

int EngineData::dim_index(const Dim& dim) {
  auto [known, is_new] = dim_index_.try_emplace(dim.str(), static_cast<int>(dims.size()));
  if (!is_new) return known->second;
  dims.push_back(dim);
  for (const std::string& name : dim.symbols()) note_symbol(name);
  return known->second;
}

void EngineData::note_symbol(const std::string& name) {
  if (!symbol_index_.try_emplace(name, static_cast<int>(symbols.size())).second) return;
  symbols.push_back(name);
  bounds.emplace_back();
}

void EngineData::index_symbols() {
  for (const plan::Tensor& tensor : plan.tensors) {
    std::vector<int>& shape = shapes.emplace_back();
    for (const Dim& d : tensor.type.shape) shape.push_back(dim_index(d));
  }
  for (const plan::RuntimeSymbol& runtime : plan.runtime_symbols) {
    note_symbol(runtime.name);
    bounds[static_cast<size_t>(symbol(runtime.name))] = runtime.bound;
  }
  producer.assign(plan.tensors.size(), -1);
  for (size_t s = 0; s < plan.steps.size(); ++s)
    for (int t : plan.steps[s].outputs) producer[static_cast<size_t>(t)] = static_cast<int>(s);
  for (size_t t = 0; t < plan.tensors.size(); ++t) {
    bool view = plan.tensors[t].storage == plan::Storage::view;
    root.push_back(view ? plan.tensors[t].base : static_cast<int>(t));
    const bool part = view && !(count_of(plan.tensors[t].type.shape) ==
                                count_of(plan.tensors[static_cast<size_t>(root[t])].type.shape));
    layout.push_back(part ? backends::Layout::rows : backends::layout_of(plan.tensors[t].format));
  }
}

void EngineData::index_ports() {
  port_of.assign(plan.tensors.size(), -1);
  is_bounds.assign(plan.tensors.size(), false);
  for (size_t i = 0; i < plan.inputs.size(); ++i)
    port_of[static_cast<size_t>(plan.inputs[i].tensor)] = static_cast<int>(i);
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const std::vector<Dim>& shape = plan.tensors[static_cast<size_t>(plan.inputs[i].tensor)].type.shape;
    for (size_t d = 0; d < shape.size(); ++d)
      if (shape[d].symbols().size() > 1) joint_dims.emplace_back(i, d);
  }
  std::vector<plan::Sequences> bound;
  for (plan::Sequences& sequences : plan::find_sequences(plan)) {
    is_bounds[static_cast<size_t>(sequences.tensor)] = true;
    const int port = port_of[static_cast<size_t>(sequences.tensor)];
    if (port < 0) continue;
    bounds_ports.push_back({static_cast<size_t>(port), {}, sequences.longest.evaluate([&](std::string_view name) {
                              return plan.most(name);
                            })});
    for (const Dim& rows : sequences.rows) bounds_ports.back().rows.push_back(dim_index(rows));
    bound.push_back(std::move(sequences));
  }
  for (const plan::Port& port : plan.inputs) {
    const bool counts = port.form == plan::Form::packed && port.absent == ops::InputDefault::positions;
    const plan::Sequences* from =
        counts ? plan::find_bounds(bound, plan.tensors[static_cast<size_t>(port.tensor)]) : nullptr;
    positions_from.push_back(from ? port_of[static_cast<size_t>(from->tensor)] : -1);
  }
}

namespace {

/// The run-time symbols that a step writes.
std::vector<int> written_symbols(const EngineData& engine, const plan::Step& step) {
  ops::Types types;
  for (int t : step.inputs) types.push_back(engine.plan.tensors[static_cast<size_t>(t)].type);
  std::vector<int> written;
  for (const ops::Count& count : step.op.counts(types)) written.push_back(engine.symbol(count.symbol));
  return written;
}

}  // namespace

void EngineData::prepare_sizes(PreparedStep& prepared) {
  const plan::Step& step = *prepared.step;
  const std::vector<Dim> own = step.op.dims();
  if (!std::all_of(own.begin(), own.end(), [](const Dim& d) { return d.is_constant(); }))
    for (const Dim& d : own) prepared.sizes.push_back(dim_index(d));
  counter.resize(symbols.size(), -1);
  const auto note_counted = [&](const Dim& d) {
    for (const std::string& name : d.symbols())
      if (const int s = symbol(name); bounds[static_cast<size_t>(s)]) prepared.counted.push_back(s);
  };
  for (const Dim& d : own) note_counted(d);
  for (int t : step.outputs)
    for (const Dim& d : plan.tensors[static_cast<size_t>(t)].type.shape) note_counted(d);
  ops::Types types;
  for (int t : step.inputs) types.push_back(plan.tensors[static_cast<size_t>(t)].type);
  ops::Equalities needed;
  step.op.infer(types, needed);
  const auto counted = [&](const Dim& d) {
    const std::vector<std::string> names = d.symbols();
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return bounds[static_cast<size_t>(symbol(name))].has_value(); });
  };
  for (const ops::Equality& e : needed)
    prepared.equal.push_back({dim_index(e.a), dim_index(e.b), counted(e.a) || counted(e.b)});
}

namespace {

/// Makes steps ready, with the formats of weights that all of them agree on.
class StepMaker {
 public:
  explicit StepMaker(EngineData& engine)
      : engine_(engine),
        plan_(engine.plan),
        machine_(backends::this_machine(ThreadPool::default_threads())),
        foreign_(plan_.features != machine_.features.names()),
        fixed_(plan_.weights.size()) {
    for (const plan::Weight& weight : plan_.weights) {
      engine_.weights.push_back(weight.data);
      formats_.push_back(weight.format);
      transposed_.push_back(weight.transposed);
    }
    // Callers read an output row-major.
    for (const plan::OutputPort& port : plan_.outputs) keep_row_major(port.tensor);
  }

  void check_precision() const {
    if (plan_.precision == "bf16" && !machine_.features.has(Feature::avx512_bf16))
      fail(ErrorCode::unsupported_machine, plan_.name, "build the plan again with --precision fp32",
           "the plan is bf16, which needs avx512_bf16 or amx_bf16; this machine has {}",
           to_string(name_of(machine_.features)));
  }

  std::vector<PreparedStep> make(const std::vector<plan::Step>& steps, bool within_block = false) {
    std::vector<PreparedStep> made;
    for (size_t s = 0; s < steps.size(); ++s) {
      made.push_back(make(steps[s]));
      engine_.prepare_sizes(made.back());
      // Only a run knows whether a block comes to its steps.
      for (PreparedStep::Equal& e : made.back().equal) e.counted = e.counted || within_block;
      for (int symbol : made.back().symbols) engine_.counter[static_cast<size_t>(symbol)] = static_cast<int>(s);
    }
    return made;
  }

  void tell_choices() const {
    if (foreign_)
      log(LogLevel::info,
          "plan {} was built for {}; on this {} machine {} of {} tactics were chosen again, {} weights packed again",
          plan_.name, name_of(plan_.features), to_string(name_of(machine_.features)), changed_, number_, repacked_);
  }
  int count() const { return number_; }

 private:
  const plan::Tensor& tensor(int t) const { return plan_.tensors[static_cast<size_t>(t)]; }
  void keep_row_major(int t) {
    if (tensor(t).storage == plan::Storage::weight) fixed_[static_cast<size_t>(tensor(t).weight)] = true;
  }

  PreparedStep make(const plan::Step& step) {
    PreparedStep prepared;
    prepared.step = &step;
    prepared.number = number_++;
    prepared.tactic = step.tactic;
    prepared.symbols = written_symbols(engine_, step);
    if (!step.blocks.empty()) {
      for (int t : step.inputs) keep_row_major(t);
      for (const plan::Block& block : step.blocks) {
        for (int t : block.outputs) keep_row_major(t);
        prepared.blocks.push_back(make(block.steps, true));
      }
    } else if (step.op.is<ops::Copy>() && tensor(step.inputs[0]).device != tensor(step.outputs[0]).device) {
      keep_row_major(step.inputs[0]);
    } else {
      choose(step, prepared);
    }
    return prepared;
  }

  int64_t typical(std::string_view name) const {
    const plan::Profile& profile = plan_.profiles.at(0);
    auto known = profile.find(std::string(name));
    if (known != profile.end()) return known->second.opt;
    const std::optional<Dim>& bound = engine_.bounds[static_cast<size_t>(engine_.symbol(name))];
    if (!bound) return 1;
    return bound->evaluate([&](std::string_view inner) -> int64_t {
      auto extent = profile.find(std::string(inner));
      return extent == profile.end() ? 1 : extent->second.opt;
    });
  }

  backends::Operand operand(int t) const {
    backends::Operand result{tensor(t).type, {}, tensor(t).storage == plan::Storage::weight};
    for (const Dim& d : tensor(t).type.shape)
      result.typical.push_back(d.evaluate([this](std::string_view name) { return typical(name); }));
    if (result.constant) {
      result.format = formats_[static_cast<size_t>(tensor(t).weight)];
      result.transposed = transposed_[static_cast<size_t>(tensor(t).weight)];
    }
    return result;
  }

  /// On the plan's own kind of machine its choices hold; elsewhere each step is asked again.
  void choose(const plan::Step& step, PreparedStep& prepared) {
    const std::string& device = plan_.devices[static_cast<size_t>(step.device)];
    std::vector<backends::Operand> inputs, outputs;
    for (int t : step.inputs) inputs.push_back(operand(t));
    for (int t : step.outputs) outputs.push_back(operand(t));
    backends::Question question{step.op, inputs, outputs, machine_, device};
    const backends::Tactic* tactic =
        foreign_ && step.device == plan::kHost ? nullptr : backends::find_tactic(step.tactic, device);
    if (tactic && (tactic->op() != step.op.name() || !tactic->refuse(question).empty())) tactic = nullptr;
    // Views that are narrower than their base, and formats, need a tactic that takes them.
    const backends::Demand demand = backends::takes(question, lying(step.inputs), lying(step.outputs));
    if (tactic && !demand(*tactic).empty()) tactic = nullptr;
    if (!tactic) tactic = choose_again(step, question, demand);
    changed_ += tactic->name() != step.tactic;
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      if (tensor(step.inputs[i]).storage != plan::Storage::weight) continue;
      const auto* linear = step.op.as<ops::Linear>();
      const auto w = static_cast<size_t>(tensor(step.inputs[i]).weight);
      settle(step, w, tactic->weight_format(question, i), linear ? linear->transposed : transposed_[w], device);
    }
    prepared.tactic = tactic->name();
    prepared.run = tactic->prepare(question);
    if (step.device == plan::kHost)
      prepared.cpu = static_cast<const backends::CpuStep*>(prepared.run.get());
    else
      prepared.device = static_cast<const backends::DeviceStep*>(prepared.run.get());
  }

  std::vector<backends::Lying> lying(const std::vector<int>& tensors) const {
    std::vector<backends::Lying> list;
    for (int t : tensors) list.push_back({engine_.layout[static_cast<size_t>(t)], tensor(t).format});
    return list;
  }

  const backends::Tactic* choose_again(const plan::Step& step, const backends::Question& question,
                                       const backends::Demand& demand) const {
    const backends::Choice choice = backends::choose(question, demand);
    if (choice.tactic) return choice.tactic;
    std::string reasons;
    for (const backends::Choice::Rival& rival : choice.rivals)
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : ", ", rival.tactic, rival.reason);
    fail(ErrorCode::unsupported_machine, step.name,
         fmt::format("build the plan for this machine (--precision best), or run it where {} is",
                     name_of(plan_.features)),
         "no tactic runs {} in {} here ({})", step.op.str(), plan_.precision,
         reasons.empty() ? "none exists" : reasons);
  }

  /// The weight in the format that its reader wants.
  void settle(const plan::Step& step, size_t w, std::string_view wanted, bool turned, std::string_view device) {
    const plan::Weight& weight = plan_.weights[w];
    if (fixed_[w] && (formats_[w] != wanted || (!wanted.empty() && transposed_[w] != turned)))
      fail(ErrorCode::unsupported_machine, step.name, "build the plan for this machine",
           "weight {} is wanted in two formats", weight.name);
    fixed_[w] = true;
    if (formats_[w] != wanted) {
      // A row-major weight does not say which way its reader takes it.
      if (formats_[w].empty()) transposed_[w] = turned;
      engine_.weights[w] = backends::repack(weight.name, engine_.weights[w], weight.dtype, weight.shape, transposed_[w],
                                            formats_[w], wanted, region_, device);
      formats_[w] = wanted;
      ++repacked_;
    }
    backends::check_packed_size(weight.name, formats_[w], weight.shape, transposed_[w], weight.dtype,
                                engine_.weights[w].size, device);
  }

  EngineData& engine_;
  const plan::Plan& plan_;
  const backends::Machine machine_;
  const bool foreign_;
  std::vector<std::string> formats_;
  std::vector<bool> fixed_, transposed_;
  BlobRegion region_;
  int number_ = 0, changed_ = 0, repacked_ = 0;
};

}  // namespace

void EngineData::prepare_steps() {
  StepMaker maker(*this);
  maker.check_precision();
  steps = maker.make(plan.steps);
  step_count = maker.count();
  maker.tell_choices();
}

}  // namespace lathe::runtime
