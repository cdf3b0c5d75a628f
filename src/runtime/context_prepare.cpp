// What changes with the bound shapes: symbols, sizes, the steps that are needed, and where each tensor lies.
#include <algorithm>

#include "base/available_memory.h"
#include "base/error.h"
#include "base/number.h"
#include "base/whole_numbers.h"
#include "runtime/context_data.h"

namespace lathe::runtime {

using plan::Storage;

int64_t ContextData::value_of(std::string_view symbol) const {
  const int64_t value = symbols_[static_cast<size_t>(engine_->symbol(symbol))];
  if (value == kUnknown) return 0;
  return is_number(symbol) ? value : std::max<int64_t>(value, 0);
}

Shape ContextData::shape_of(int tensor) const {
  Shape shape;
  for (int d : engine_->shapes[static_cast<size_t>(tensor)]) shape.push_back(dim_values_[static_cast<size_t>(d)]);
  return shape;
}

Shape ContextData::whole_shape_of(int tensor) const {
  Shape shape = shape_of(tensor);
  for (int d = 0; d < shape.rank(); ++d) shape[d] = std::max<int64_t>(shape[d], 0);
  return shape;
}

void ContextData::evaluate_dims() {
  for (size_t i = 0; i < dim_values_.size(); ++i)
    dim_values_[i] = engine_->dims[i].evaluate([this](std::string_view name) { return value_of(name); });
}

/// Gives each symbol the value that the bound shapes imply, then checks that all bound shapes agree.
void ContextData::bind_symbols() {
  std::fill(symbols_.begin(), symbols_.end(), kUnknown);
  std::fill(given_.begin(), given_.end(), false);
  packed_ = false;
  for (size_t i = 0; i < inputs_.size(); ++i)
    packed_ = packed_ || (inputs_[i].bound && plan_.inputs[i].form == plan::Form::packed);
  for (size_t i = 0; i < inputs_.size(); ++i)
    for (size_t d = 0; inputs_[i].bound && d < tensor_of(i).type.shape.size(); ++d)
      solve_symbol(tensor_of(i).type.shape[d], inputs_[i].user.shape[static_cast<int>(d)]);
  bind_elements();
  // Until nothing more follows from what is known: [n + m] says m once [n] said n.
  for (bool more = !engine_->joint_dims.empty(); more;) {
    more = false;
    for (const JointDim& joint : engine_->joint_dims) more |= inputs_[joint.port].bound && solve_joint(joint);
  }
  define_sizes();
  for (size_t s = 0; s < symbols_.size(); ++s)
    if (symbols_[s] == kUnknown && engine_->bounds[s])
      symbols_[s] = engine_->bounds[s]->evaluate([this](std::string_view name) { return value_of(name); });
  evaluate_dims();
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].bound) continue;
    const plan::Port& port = plan_.inputs[i];
    if (port.form != plan::Form::any && (port.form == plan::Form::packed) != packed_)
      fail(ErrorCode::invalid_argument, port.name, "bind one form only (clear_inputs() forgets the other)",
           "padded and packed inputs are bound at once");
    Shape expected = shape_of(port.tensor);
    if (!(expected == inputs_[i].user.shape)) check_declared();
    if (!(expected == inputs_[i].user.shape))
      fail(ErrorCode::shape_mismatch, port.name, "give all inputs of a run one batch and one length",
           "shape {} does not fit {}, which is {} here", to_string(inputs_[i].user.shape),
           lathe::to_string(plan_.tensors[static_cast<size_t>(port.tensor)].type.shape), to_string(expected));
  }
  check_elements();
  check_profile();
}

/// Whether a dimension of this size says what a symbol is that was not known before.
bool ContextData::solve_symbol(const Dim& dim, int64_t size) {
  bool found = false;
  for (size_t s = 0; s < symbols_.size(); ++s) {
    int64_t value = 0;
    if (symbols_[s] == kUnknown && dim.solve(engine_->symbols[s], size, &value)) found |= learn(s, value);
  }
  return found;
}

/// A size below 0 is none: the shapes do not agree, which is seen when all are known.
bool ContextData::learn(size_t symbol, int64_t value) {
  if (value < 0 && !is_number(engine_->symbols[symbol])) return false;
  symbols_[symbol] = value;
  given_[symbol] = true;
  return true;
}

/// The same of a dimension of several symbols, all but one of which are known where it says that one.
bool ContextData::solve_joint(const JointDim& joint) {
  const int64_t size = inputs_[joint.port].user.shape[static_cast<int>(joint.dimension)];
  for (const JointDim::Part& part : joint.parts) {
    if (symbols_[static_cast<size_t>(part.symbol)] != kUnknown) continue;
    bool known = true;
    const auto value = [this, &known](std::string_view name) {
      known = known && symbols_[static_cast<size_t>(engine_->symbol(name))] != kUnknown;
      return value_of(name);
    };
    const int64_t scale = part.scale.evaluate(value), rest = saturating_add(size, -part.offset.evaluate(value));
    if (known && scale != 0 && rest % scale == 0) return learn(static_cast<size_t>(part.symbol), rest / scale);
  }
  return false;
}

/// The first symbol whose value the profile does not allow, or -1.
int ContextData::outside(const plan::Profile& profile) const {
  for (const auto& [name, extent] : profile) {
    const int s = engine_->symbol(name);
    const int64_t value = s < 0 ? kUnknown : symbols_[static_cast<size_t>(s)];
    if (value >= 0 && (value > extent.max || value < extent.min)) return s;
  }
  return -1;
}

void ContextData::check_profile() const {
  const std::vector<plan::Profile>& profiles = plan_.profiles;
  if (std::any_of(profiles.begin(), profiles.end(), [this](const plan::Profile& p) { return outside(p) < 0; })) return;
  const int s = outside(profiles[0]);
  const std::string& name = engine_->symbols[static_cast<size_t>(s)];
  const int64_t value = symbols_[static_cast<size_t>(s)];
  if (profiles.size() > 1) {
    std::vector<std::string> all;
    for (const plan::Profile& profile : profiles) {
      std::vector<std::string> sizes;
      for (const auto& [symbol, extent] : profile)
        sizes.push_back(fmt::format("{} {} to {}", symbol, extent.min, extent.max));
      all.push_back(fmt::format("{}", fmt::join(sizes, ", ")));
    }
    fail(ErrorCode::out_of_range, source_of(s), "give inputs that one of them takes, or build with another",
         "{} = {} fits none of the plan's profiles: {}", name, value, fmt::join(all, "; "));
  }
  const plan::Extent& extent = profiles[0].at(name);
  fail(ErrorCode::out_of_range, source_of(s),
       value > extent.max ? "give shorter or fewer texts, or build with a larger maximum"
                          : fmt::format("give at least {}", extent.min),
       "{} = {} is outside the plan's range {} to {}", name, value, extent.min, extent.max);
}

/// The input that says what the symbol is, with its shape; the symbol itself where none does.
std::string ContextData::source_of(int symbol) const {
  const std::string& name = engine_->symbols[static_cast<size_t>(symbol)];
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].bound) continue;
    const plan::Port& port = plan_.inputs[i];
    const std::vector<Dim>& dims = plan_.tensors[static_cast<size_t>(port.tensor)].type.shape;
    for (size_t d = 0; d < dims.size(); ++d)
      if (int64_t value = 0; dims[d].solve(name, inputs_[i].user.shape[static_cast<int>(d)], &value))
        return fmt::format("{}, dimension {} of {}", port.name, d, to_string(inputs_[i].user.shape));
    for (size_t e = 0; e < port.elements.size(); ++e)
      if (port.elements[e].symbol_name() == name)
        return element_name(port.name, inputs_[i].user.shape, static_cast<int64_t>(e));
  }
  return name;
}

/// Walks back from a wanted tensor to what is bound or can be filled in.
void ContextData::need_tensor(int tensor, std::string_view output) {
  walk_.assign(1, tensor);
  while (!walk_.empty()) {
    auto t = static_cast<size_t>(walk_.back());
    walk_.pop_back();
    if (needed_[t]) continue;
    needed_[t] = true;
    if (engine_->root[t] != static_cast<int>(t)) {
      walk_.push_back(engine_->root[t]);
      continue;
    }
    if (const int place = engine_->port_of[t]; place >= 0) {
      const plan::Port* port = &plan_.inputs[static_cast<size_t>(place)];
      InputSlot& slot = inputs_[static_cast<size_t>(place)];
      bool fillable = port->absent != ops::InputDefault::required && (port->form == plan::Form::packed) == packed_;
      if (slot.bound || fillable) {
        slot.needed = true;
        slot.filled = !slot.bound;
        // Positions of packed tokens count from the bounds of their sequences.
        const int from = engine_->positions_from[static_cast<size_t>(place)];
        if (slot.filled && from >= 0) walk_.push_back(plan_.inputs[static_cast<size_t>(from)].tensor);
        continue;
      }
      if (engine_->producer[t] < 0 || (packed_ && port->form == plan::Form::packed))
        fail(ErrorCode::invalid_argument, port->name,
             packed_ && port->form == plan::Form::padded
                 ? "bind the padded inputs, or request the outputs named packed.* or rows.*"
                 : "bind it with set_input()",
             "this input is missing; output '{}' needs it", output);
    }
    int step = engine_->producer[t];
    if (step < 0) continue;  // a weight
    now_.active[static_cast<size_t>(step)] = true;
    for (int input : plan_.steps[static_cast<size_t>(step)].inputs) walk_.push_back(input);
    // What it reads need not come from the step that counts its sizes.
    for (int symbol : engine_->steps[static_cast<size_t>(step)].counted)
      if (!given_[static_cast<size_t>(symbol)])
        walk_.push_back(plan_.steps[static_cast<size_t>(engine_->counter[static_cast<size_t>(symbol)])].outputs[0]);
  }
}

void ContextData::mark_needed() {
  needed_.assign(plan_.tensors.size(), false);
  now_.active.assign(plan_.steps.size(), false);
  for (InputSlot& slot : inputs_) slot.needed = slot.filled = false;
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (outputs_[i].requested) need_tensor(plan_.outputs[i].tensor, plan_.outputs[i].name);
  const auto need = [this](const std::vector<int>& tensors) {
    for (int t : tensors) needed_[static_cast<size_t>(t)] = true;
  };
  for (size_t s = 0; s < now_.active.size(); ++s) {
    if (!now_.active[s]) continue;
    need(plan_.steps[s].outputs);
    for (const plan::Block& block : plan_.steps[s].blocks) {
      need(block.inputs);
      need(block.outputs);
      plan::for_each_step(block.steps, [&](const plan::Step& step) {
        need(step.inputs);
        need(step.outputs);
        for (const plan::Block& inner : step.blocks) {
          need(inner.inputs);
          need(inner.outputs);
        }
      });
    }
  }
  if (engine_->element_count > 0) need_elements();
  for (size_t t = 0; t < needed_.size(); ++t)
    for (int d : engine_->shapes[t])
      if (needed_[t] && !engine_->of_block[t] && dim_values_[static_cast<size_t>(d)] < 0)
        fail(ErrorCode::out_of_range, plan_.tensors[t].name, "give larger inputs, or other sizes",
             "its shape is {} here", to_string(shape_of(static_cast<int>(t))));
  check_equalities();
  // Dimensions that are equal as expressions have other values where a sum leaves 62 bits.
  for (size_t t = 0; t < needed_.size(); ++t)
    if (const auto root = static_cast<size_t>(engine_->root[t]);
        needed_[t] && root != t && engine_->layout[t] != backends::Layout::rows &&
        shape_of(static_cast<int>(t)).count() != shape_of(static_cast<int>(root)).count())
      fail(ErrorCode::out_of_range, plan_.tensors[t].name, "give other sizes", "its shape is {} here, of {}",
           to_string(shape_of(static_cast<int>(t))), to_string(shape_of(static_cast<int>(root))));
  check_counts();
}

/// What a step computes must not be bound as well: it would write into the caller's memory, or count more rows than
/// the shape of an input says that there are.
void ContextData::check_counts() const {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const int step = engine_->producer[static_cast<size_t>(plan_.inputs[i].tensor)];
    if (inputs_[i].needed && step >= 0 && now_.active[static_cast<size_t>(step)])
      fail(ErrorCode::invalid_argument, plan_.inputs[i].name,
           "bind it and what else its form needs, or what it is computed from", "step {} computes it in this run",
           plan_.steps[static_cast<size_t>(step)].name);
  }
  for (size_t s = 0; s < now_.active.size(); ++s) {
    if (!now_.active[s]) continue;
    for (int symbol : engine_->steps[s].symbols) {
      const auto at = static_cast<size_t>(symbol);
      if (given_[at])
        fail(ErrorCode::invalid_argument, engine_->symbols[at], "bind one form only (clear_inputs() forgets the other)",
             "step {} counts it in this run, and the shape of an input says it", plan_.steps[s].name);
      if (symbols_[at] > INT32_MAX)
        fail(ErrorCode::out_of_range, engine_->symbols[at], "run smaller batches",
             "{} may be up to {} here, beyond 2^31", engine_->symbols[at], symbols_[at]);
    }
  }
}

/// Takes the memory, and says where each needed tensor lies.
void ContextData::place_tensors() {
  // A little is not worth the question: a machine without so much is not up to anything.
  constexpr size_t kLittle = size_t{16} << 20;
  if (const size_t missing = missing_bytes(); missing > kLittle)
    if (const AvailableMemory left = available_memory(); missing > static_cast<size_t>(left.bytes))
      fail(ErrorCode::out_of_memory, "context", "run smaller batches, or free some memory",
           "these shapes take {:.1f} MB of memory beyond what is held, {} leaves {:.1f} MB",
           static_cast<double>(missing) / 1e6, left.limit, static_cast<double>(left.bytes) / 1e6);
  for (size_t t = 0; t < plan_.tensors.size(); ++t)
    if (plan_.tensors[t].storage == Storage::weight)
      memory_[t] = const_cast<void*>(addressable(engine_->weight_data[t]));
  for (size_t i = 0; i < inputs_.size(); ++i) {
    InputSlot& slot = inputs_[i];
    if (!slot.needed) continue;
    const int tensor = plan_.inputs[i].tensor;
    if (slot.own) slot.memory.reserve(bytes_of(tensor), pins(tensor));
    if (const size_t rows = rows_bytes(i); rows > 0) slot.rows.reserve(rows, nullptr);
    backends::Device* device = engine_->devices[static_cast<size_t>(tensor_of(i).device)];
    if (device) slot.device_memory.reserve(*device, bytes_of(tensor));
    memory_[static_cast<size_t>(tensor)] = device     ? slot.device_memory.data()
                                           : slot.own ? static_cast<void*>(slot.memory.data())
                                                      : const_cast<void*>(slot.user.data);
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    OutputSlot& slot = outputs_[i];
    if (!slot.requested) continue;
    if (!slot.user.data) slot.memory.reserve(slot.bytes, pins(plan_.outputs[i].tensor));
    if (slot.direct)
      memory_[static_cast<size_t>(engine_->root[static_cast<size_t>(plan_.outputs[i].tensor)])] = place_of(slot);
  }
  for (size_t d = 0; d < arenas_.size(); ++d) {
    Arena& arena = arenas_[d];
    const bool of_host = d == plan::kHost || d == engine_->devices.size();
    if (!of_host)
      arena.device.reserve(*engine_->devices[d], arena.needed);
    else if (!arena.lifetimes.empty())
      arena.host.reserve(arena.needed, d == plan::kHost ? nullptr : pinning_device());
    for (size_t i = 0; i < arena.offsets.size(); ++i) {
      std::byte* place = arena.data() + arena.offsets[i];
      if (i < arena.tensors.size())
        memory_[static_cast<size_t>(arena.tensors[i])] = place;
      else
        steps_[arena.steps[i - arena.tensors.size()]].workspace = place;
    }
  }
  place_devices();
  refresh_views();
}

backends::TensorView ContextData::view_of(int index) const {
  const plan::Tensor& tensor = plan_.tensors[static_cast<size_t>(index)];
  const auto root = static_cast<size_t>(engine_->root[static_cast<size_t>(index)]);
  backends::TensorView view;
  view.dtype = tensor.type.dtype;
  view.shape = whole_shape_of(index);
  view.row_stride = view.width();
  auto* data = static_cast<std::byte*>(memory_[root]);
  if (tensor.storage == Storage::view) {
    // Columns of a wider tensor keep its row stride; a reshape has the same elements and rows of its own.
    if (engine_->layout[static_cast<size_t>(index)] == backends::Layout::rows)
      view.row_stride = dim_values_[static_cast<size_t>(engine_->shapes[root].back())];
    if (data) data += tensor.offset * static_cast<int64_t>(size_of(view.dtype));
  }
  if (!tensor.format.is_dense()) {
    view.strides = tensor.format.strides(view.shape);
    view.axis = tensor.format.axis;
    view.block = tensor.format.block;
  }
  view.data = data;
  return view;
}

void ContextData::refresh_views() {
  for (size_t i = 0; i < views_.size(); ++i) views_[i] = view_of(view_tensors_[i]);
  for (const ActiveStep& step : steps_)
    for (size_t i = 0; i < step.step->sizes.size(); ++i)
      sizes_[step.first_size + i] = dim_values_[static_cast<size_t>(step.step->sizes[i])];
}

void ContextData::prepare() {
  bind_symbols();
  mark_needed();
  measure();
  place_tensors();
  stale_ = false;
}

}  // namespace lathe::runtime
