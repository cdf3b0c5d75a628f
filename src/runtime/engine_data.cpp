#include "runtime/engine_data.h"

#include <algorithm>

#include "base/error.h"
#include "plan/sequences.h"
#include "runtime/step_maker.h"

namespace lathe::runtime {

EngineData::EngineData(Plan source) : handle(std::move(source)), plan(*handle.data()) {
  open_devices();
  index_symbols();
  index_ports();
  prepare_steps();
  load_weights();
  note_large_dims();
  note_live_dims();
}

/// What the plan allows need not fit its network: what is negative there is empty, and of what is beyond all memory
/// nothing is noted.
void EngineData::note_large_dims() {
  constexpr int64_t kTimes = 16;  // of what tactics are chosen for: a batch of BERT then holds more than workspaces do
  const auto value_of = [this](std::string_view name) {
    const int64_t most = plan.most(name), times = saturating_mul(plan.typical(name), kTimes);
    return most > 0 ? std::min(most, times) : times;
  };
  for (const Dim& d : dims) large.push_back(std::max<int64_t>(d.evaluate(value_of), 0));
  for (size_t t = 0; t < shapes.size(); ++t) {
    Shape shape;
    for (int d : shapes[t]) shape.push_back(std::max<int64_t>(large[static_cast<size_t>(d)], 1));
    if (bytes_of(plan.tensors[t].type.dtype, plan.tensors[t].format.elements(shape)) <= kMostBytes) continue;
    large.clear();
    return;
  }
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

namespace {

/// Uploads read what is the host's until they are done: nobody frees it before, whatever goes wrong meanwhile.
struct Uploads {
  std::vector<std::unique_ptr<backends::Queue>> queues;  ///< per device; null: none was needed
  ~Uploads() {
    for (const std::unique_ptr<backends::Queue>& queue : queues) try {
        if (queue) queue->wait(queue->record());
      } catch (...) {}  // NOLINT(bugprone-empty-catch): finish() tells of it, or something else has gone wrong before
  }
  void finish() const {
    for (const std::unique_ptr<backends::Queue>& queue : queues)
      if (queue) queue->wait(queue->record());
  }
};

}  // namespace

/// Weights of the host are read where the plan has them; a device gets its own.
void EngineData::load_weights() {
  weight_data.assign(plan.tensors.size(), nullptr);
  Uploads uploads;
  uploads.queues.resize(devices.size());
  for (size_t t = 0; t < plan.tensors.size(); ++t) {
    const plan::Tensor& tensor = plan.tensors[t];
    if (tensor.storage != plan::Storage::weight) continue;
    const Blob& data = weights[static_cast<size_t>(tensor.weight)];
    backends::Device* device = devices[static_cast<size_t>(tensor.device)];
    if (!device) {
      weight_data[t] = data.data;
      continue;
    }
    std::unique_ptr<backends::Queue>& queue = uploads.queues[static_cast<size_t>(tensor.device)];
    if (!queue) queue = device->make_queue();
    device_weights_.emplace_back().reserve(*device, data.size);
    queue->upload(device_weights_.back().data(), data.data, data.size);
    weight_data[t] = device_weights_.back().data();
  }
  uploads.finish();
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
  for (const plan::Port& port : plan.inputs) {
    first_element.push_back(element_count);
    element_count += port.elements.size();
    for (const Dim& d : port.elements)
      for (const std::string& name : d.symbols()) note_symbol(name);
  }
  for (const plan::Definition& d : plan.definitions)
    for (const Dim* side : {&d.size, &d.value})
      for (const std::string& name : side->symbols()) note_symbol(name);
  for (const plan::RuntimeSymbol& runtime : plan.runtime_symbols) {
    note_symbol(runtime.name);
    bounds[static_cast<size_t>(symbol(runtime.name))] = runtime.bound;
  }
  of_block.assign(plan.tensors.size(), true);
  for (const plan::Step& step : plan.steps)
    for (const std::vector<int>* list : {&step.inputs, &step.outputs})
      for (int t : *list) of_block[static_cast<size_t>(t)] = false;
  for (const plan::Port& port : plan.inputs) of_block[static_cast<size_t>(port.tensor)] = false;
  for (const plan::OutputPort& port : plan.outputs) of_block[static_cast<size_t>(port.tensor)] = false;
  producer.assign(plan.tensors.size(), -1);
  for (size_t s = 0; s < plan.steps.size(); ++s)
    for (int t : plan.steps[s].outputs) producer[static_cast<size_t>(t)] = static_cast<int>(s);
  for (size_t t = 0; t < plan.tensors.size(); ++t) {
    root.push_back(plan.root(static_cast<int>(t)));
    layout.push_back(plan.is_part_of_rows(static_cast<int>(t)) ? backends::Layout::rows
                                                               : backends::layout_of(plan.tensors[t].format));
  }
}

/// Of how many symbols a dimension may say one: what a file asks for does not take long.
constexpr size_t kMostJoint = 16;

void EngineData::index_ports() {
  port_of.assign(plan.tensors.size(), -1);
  is_bounds.assign(plan.tensors.size(), false);
  for (size_t i = 0; i < plan.inputs.size(); ++i)
    port_of[static_cast<size_t>(plan.inputs[i].tensor)] = static_cast<int>(i);
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const std::vector<Dim>& shape = plan.tensors[static_cast<size_t>(plan.inputs[i].tensor)].type.shape;
    for (size_t d = 0; d < shape.size(); ++d) {
      const std::vector<std::string> names = shape[d].symbols();
      if (names.size() < 2 || names.size() > kMostJoint) continue;
      JointDim& joint = joint_dims.emplace_back();
      joint.port = i;
      joint.dimension = d;
      for (const std::string& name : names)
        if (auto linear = shape[d].linear_in(name))
          joint.parts.push_back({symbol(name), std::move(linear->first), std::move(linear->second)});
    }
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
  const auto note_shape = [&](int t) {
    for (const Dim& d : plan.tensors[static_cast<size_t>(t)].type.shape) note_counted(d);
  };
  for (int t : step.outputs) note_shape(t);
  // What its blocks speak of is known before it begins.
  for (const plan::Block& block : step.blocks)
    for (const std::vector<int>* list : {&block.inputs, &block.outputs})
      for (int t : *list) note_shape(t);
  for (const std::vector<PreparedStep>& block : prepared.blocks)
    for (const PreparedStep& inner : block)
      prepared.counted.insert(prepared.counted.end(), inner.counted.begin(), inner.counted.end());
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

void EngineData::prepare_steps() {
  StepMaker maker(*this);
  maker.check_precision();
  steps = maker.make(plan.steps);
  step_count = maker.count();
  maker.tell_choices();
}

}  // namespace lathe::runtime
