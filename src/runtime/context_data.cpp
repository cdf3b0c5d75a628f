// Longer than most: binding, planning and running share one set of state, and splitting it would only hide that.
#include "runtime/context_data.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/half.h"

namespace lathe::runtime {
namespace {

using plan::Storage;

std::string list_names(const auto& ports) {
  std::string text;
  for (const auto& port : ports) text += (text.empty() ? "" : ", ") + port.name;
  return text;
}

bool integer_like(DType type) { return type != DType::f64 && type != DType::f16 && type != DType::bf16; }

/// Element i of any type that integer inputs accept, clamped to i32 so that a wrong id stays wrong.
int32_t integer_at(const ConstTensorRef& tensor, int64_t i) {
  auto clamp = [](auto v) {
    if constexpr (std::is_unsigned_v<decltype(v)>)
      return static_cast<int32_t>(std::min<uint64_t>(v, INT32_MAX));
    else
      return static_cast<int32_t>(std::clamp<int64_t>(v, INT32_MIN, INT32_MAX));
  };
  switch (tensor.dtype) {
    case DType::i64: return clamp(static_cast<const int64_t*>(tensor.data)[i]);
    case DType::i32: return static_cast<const int32_t*>(tensor.data)[i];
    case DType::i16: return static_cast<const int16_t*>(tensor.data)[i];
    case DType::i8: return static_cast<const int8_t*>(tensor.data)[i];
    case DType::u64: return clamp(static_cast<const uint64_t*>(tensor.data)[i]);
    case DType::u32: return clamp(static_cast<const uint32_t*>(tensor.data)[i]);
    case DType::u16: return static_cast<const uint16_t*>(tensor.data)[i];
    case DType::u8:
    case DType::boolean: return static_cast<const uint8_t*>(tensor.data)[i];
    case DType::f32: {
      float f = static_cast<const float*>(tensor.data)[i];
      if (!(f > -2147483648.0f)) return INT32_MIN;
      if (f >= 2147483648.0f) return INT32_MAX;
      // A mask of 0.5 is set: away from zero.
      auto whole = static_cast<int32_t>(f);
      return whole == 0 && f != 0 ? 1 : whole;
    }
    default: return 0;
  }
}

}  // namespace

ContextData::ContextData(std::shared_ptr<const EngineData> engine, const ContextOptions& options)
    : engine_(std::move(engine)),
      plan_(engine_->plan),
      threads_(options.threads > 0 ? options.threads : ThreadPool::default_threads()),
      profile_(options.profile),
      inputs_(plan_.inputs.size()),
      outputs_(plan_.outputs.size()),
      symbols_(engine_->symbols.size(), -1),
      dim_values_(engine_->dims.size()),
      memory_(plan_.tensors.size()) {
  for (size_t i = 0; i < outputs_.size(); ++i) outputs_[i].requested = !plan_.outputs[i].on_demand;
  for (const PreparedStep& step : engine_->steps) times_.push_back({step.step->name, step.tactic, 0, 0});
}

size_t ContextData::port_index(std::string_view name) const {
  int i = plan_.find_input(name);
  if (i < 0)
    fail(ErrorCode::not_found, name, fmt::format("the inputs are {}", list_names(plan_.inputs)), "no such input");
  return static_cast<size_t>(i);
}

size_t ContextData::output_index(std::string_view name) const {
  int i = plan_.find_output(name);
  if (i < 0)
    fail(ErrorCode::not_found, name, fmt::format("the outputs are {}", list_names(plan_.outputs)), "no such output");
  return static_cast<size_t>(i);
}

void ContextData::set_input(std::string_view name, const ConstTensorRef& tensor) {
  size_t i = port_index(name);
  const plan::Tensor& expected = plan_.tensors[static_cast<size_t>(plan_.inputs[i].tensor)];
  if (tensor.shape.rank() != expected.type.rank())
    fail(ErrorCode::shape_mismatch, name, fmt::format("bind a tensor of {} dimensions", expected.type.rank()),
         "shape {} does not fit {}", to_string(tensor.shape), lathe::to_string(expected.type.shape));
  for (int64_t d : tensor.shape)
    if (d < 0)
      fail(ErrorCode::shape_mismatch, name, "bind a tensor of no negative size", "shape {} is negative",
           to_string(tensor.shape));
  bool converts = expected.type.dtype == DType::i32 && integer_like(tensor.dtype);
  if (tensor.dtype != expected.type.dtype && !converts)
    fail(ErrorCode::shape_mismatch, name, "convert it first", "type {} does not fit {}", to_string(tensor.dtype),
         to_string(expected.type.dtype));
  if (tensor.data == nullptr && tensor.shape.count() != 0)
    fail(ErrorCode::invalid_argument, name, "bind memory", "the data pointer is null");
  InputSlot& slot = inputs_[i];
  stale_ = stale_ || !slot.bound || !(slot.user.shape == tensor.shape) || slot.user.dtype != tensor.dtype;
  slot.user = tensor;
  slot.bound = true;
}

void ContextData::clear_inputs() {
  for (InputSlot& slot : inputs_) slot.bound = false;
  stale_ = true;
}

void ContextData::request(const std::vector<std::string>& names) {
  std::vector<bool> wanted(outputs_.size());
  for (const std::string& name : names) wanted[output_index(name)] = true;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    stale_ = stale_ || outputs_[i].requested != wanted[i];
    outputs_[i].requested = wanted[i];
  }
}

void ContextData::set_output(std::string_view name, const TensorRef& tensor) {
  size_t i = output_index(name);
  const plan::Tensor& expected = plan_.tensors[static_cast<size_t>(plan_.outputs[i].tensor)];
  if (tensor.data && tensor.dtype != expected.type.dtype)
    fail(ErrorCode::shape_mismatch, name, "bind memory of that type", "type {} does not fit {}",
         to_string(tensor.dtype), to_string(expected.type.dtype));
  outputs_[i].user = tensor;
  stale_ = true;
}

int64_t ContextData::value_of(std::string_view symbol) const {
  return std::max<int64_t>(symbols_[static_cast<size_t>(engine_->symbol(symbol))], 0);
}

Shape ContextData::shape_of(int tensor) const {
  Shape shape;
  for (int d : engine_->shapes[static_cast<size_t>(tensor)]) shape.push_back(dim_values_[static_cast<size_t>(d)]);
  return shape;
}

void ContextData::evaluate_dims() {
  for (size_t i = 0; i < dim_values_.size(); ++i)
    dim_values_[i] = engine_->dims[i].evaluate([this](std::string_view name) { return value_of(name); });
}

/// Gives each symbol the value that the bound shapes imply, then checks that all bound shapes agree.
void ContextData::bind_symbols() {
  std::fill(symbols_.begin(), symbols_.end(), -1);
  packed_ = false;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].bound) continue;
    packed_ = packed_ || plan_.inputs[i].form == plan::Form::packed;
    const std::vector<Dim>& shape = plan_.tensors[static_cast<size_t>(plan_.inputs[i].tensor)].type.shape;
    for (size_t d = 0; d < shape.size(); ++d)
      for (size_t s = 0; s < symbols_.size(); ++s) {
        int64_t value = 0;
        if (symbols_[s] < 0 && shape[d].solve(engine_->symbols[s], inputs_[i].user.shape[static_cast<int>(d)], &value))
          symbols_[s] = value;
      }
  }
  for (size_t s = 0; s < symbols_.size(); ++s)
    if (symbols_[s] < 0 && !(engine_->bounds[s] == Dim(0)))
      symbols_[s] = engine_->bounds[s].evaluate([this](std::string_view name) { return value_of(name); });
  evaluate_dims();
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].bound) continue;
    const plan::Port& port = plan_.inputs[i];
    if (port.form != plan::Form::any && (port.form == plan::Form::packed) != packed_)
      fail(ErrorCode::invalid_argument, port.name, "bind one form only (clear_inputs() forgets the other)",
           "padded and packed inputs are bound at once");
    Shape expected = shape_of(port.tensor);
    if (!(expected == inputs_[i].user.shape))
      fail(ErrorCode::shape_mismatch, port.name, "give all inputs of a run one batch and one length",
           "shape {} does not fit {}, which is {} here", to_string(inputs_[i].user.shape),
           lathe::to_string(plan_.tensors[static_cast<size_t>(port.tensor)].type.shape), to_string(expected));
  }
  check_profile();
}

void ContextData::check_profile() const {
  for (const auto& [name, extent] : plan_.profile) {
    int s = engine_->symbol(name);
    if (s < 0 || symbols_[static_cast<size_t>(s)] < 0) continue;
    int64_t value = symbols_[static_cast<size_t>(s)];
    if (value > extent.max || value < extent.min)
      fail(ErrorCode::out_of_range, name,
           value > extent.max ? "give shorter or fewer texts, or build with a larger maximum"
                              : "give at least that many",
           "{} = {} is outside the plan's range {} to {}", name, value, extent.min, extent.max);
  }
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
    auto port = std::find_if(plan_.inputs.begin(), plan_.inputs.end(),
                             [&](const plan::Port& p) { return p.tensor == static_cast<int>(t); });
    if (port != plan_.inputs.end()) {
      InputSlot& slot = inputs_[static_cast<size_t>(port - plan_.inputs.begin())];
      bool fillable = port->absent != ops::InputDefault::required && (port->form == plan::Form::packed) == packed_;
      if (slot.bound || fillable) {
        slot.needed = true;
        slot.filled = !slot.bound;
        // Positions of packed tokens count from the bounds of their sequences.
        if (slot.filled && packed_ && port->absent == ops::InputDefault::positions)
          if (int cu = plan_.find_input("cu_seqlens"); cu >= 0)
            walk_.push_back(plan_.inputs[static_cast<size_t>(cu)].tensor);
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
    active_[static_cast<size_t>(step)] = true;
    for (int input : plan_.steps[static_cast<size_t>(step)].inputs) walk_.push_back(input);
  }
}

void ContextData::mark_needed() {
  needed_.assign(plan_.tensors.size(), false);
  active_.assign(plan_.steps.size(), false);
  for (InputSlot& slot : inputs_) slot.needed = slot.filled = false;
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (outputs_[i].requested) need_tensor(plan_.outputs[i].tensor, plan_.outputs[i].name);
  for (size_t t = 0; t < needed_.size(); ++t)
    for (int d : engine_->shapes[t])
      if (needed_[t] && dim_values_[static_cast<size_t>(d)] < 0)
        fail(ErrorCode::out_of_range, plan_.tensors[t].name, "give longer or more texts", "its shape is {} here",
             to_string(shape_of(static_cast<int>(t))));
}

/// Decides where each needed tensor lies: user memory, own buffers, weights, or the arena.
void ContextData::place_tensors() {
  std::fill(memory_.begin(), memory_.end(), nullptr);
  steps_.clear();
  views_.clear();
  view_tensors_.clear();
  for (size_t t = 0; t < plan_.tensors.size(); ++t)
    if (plan_.tensors[t].storage == Storage::weight)
      memory_[t] = const_cast<std::byte*>(engine_->weights[static_cast<size_t>(plan_.tensors[t].weight)].data);
  auto bytes_of = [&](size_t t) {
    int64_t count = static_cast<int64_t>(size_of(plan_.tensors[t].type.dtype));
    for (int d : engine_->shapes[t]) count = saturating_mul(count, dim_values_[static_cast<size_t>(d)]);
    return static_cast<size_t>(count);
  };
  for (size_t i = 0; i < inputs_.size(); ++i) {
    InputSlot& slot = inputs_[i];
    if (!slot.needed) continue;
    auto t = static_cast<size_t>(plan_.inputs[i].tensor);
    bool own = slot.filled || slot.user.dtype != plan_.tensors[t].type.dtype;
    if (own) slot.own.reserve(std::max<size_t>(bytes_of(t), 1));
    memory_[t] = own ? slot.own.data() : const_cast<void*>(slot.user.data);
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    OutputSlot& slot = outputs_[i];
    if (!slot.requested) continue;
    auto t = static_cast<size_t>(engine_->root[static_cast<size_t>(plan_.outputs[i].tensor)]);
    if (memory_[t]) continue;  // the same tensor under two names, or an input that is an output
    size_t bytes = bytes_of(t);
    if (slot.user.data) {
      auto have = static_cast<size_t>(slot.user.shape.count()) * size_of(slot.user.dtype);
      if (have < bytes)
        fail(ErrorCode::shape_mismatch, plan_.outputs[i].name, "bind memory of the size of the largest result",
             "the bound memory has {} bytes, the result up to {}", have, bytes);
      memory_[t] = slot.user.data;
    } else {
      slot.own.reserve(std::max<size_t>(bytes, 1));
      memory_[t] = slot.own.data();
    }
  }

  // Lifetimes in active steps, for what is left; each step's workspace lives in its step alone.
  lifetimes_.clear();
  lifetime_tensors_.clear();
  lifetime_of_.assign(plan_.tensors.size(), -1);
  int at = 0;
  for (size_t s = 0; s < plan_.steps.size(); ++s) {
    if (!active_[s]) continue;
    ActiveStep step;
    step.step = &engine_->steps[s];
    step.first_view = views_.size();
    for (const std::vector<int>* list : {&plan_.steps[s].inputs, &plan_.steps[s].outputs})
      for (int t : *list) {
        auto r = static_cast<size_t>(engine_->root[static_cast<size_t>(t)]);
        view_tensors_.push_back(t);
        views_.emplace_back();
        if (memory_[r]) continue;
        if (lifetime_of_[r] < 0) {
          lifetime_of_[r] = static_cast<int>(lifetimes_.size());
          lifetimes_.push_back({bytes_of(r), at, at, 0});
          lifetime_tensors_.push_back(static_cast<int>(r));
        }
        lifetimes_[static_cast<size_t>(lifetime_of_[r])].last = at;
      }
    steps_.push_back(step);
    ++at;
  }
  refresh_views();
  for (size_t i = 0; i < steps_.size(); ++i) {
    const plan::Step& s = *steps_[i].step->step;
    std::span<const backends::TensorView> all(views_.data() + steps_[i].first_view, s.inputs.size() + s.outputs.size());
    size_t bytes = steps_[i].step->run->workspace(all.first(s.inputs.size()), all.subspan(s.inputs.size()), threads_);
    lifetimes_.push_back({bytes, static_cast<int>(i), static_cast<int>(i), 0});
  }
  order_.reserve(lifetimes_.size());
  size_t total = plan::place_buffers(lifetimes_, order_);
  if (total > (size_t{1} << 46))
    fail(ErrorCode::out_of_memory, "context", "run smaller batches", "{} bytes of memory cannot be had", total);
  arena_.reserve(total);
  for (size_t i = 0; i < lifetimes_.size(); ++i) {
    std::byte* place = arena_.data() + lifetimes_[i].offset;
    if (i < lifetime_tensors_.size())
      memory_[static_cast<size_t>(lifetime_tensors_[i])] = place;
    else
      steps_[i - lifetime_tensors_.size()].workspace = place;
  }
  refresh_views();
}

void ContextData::refresh_views() {
  for (size_t i = 0; i < views_.size(); ++i) {
    const plan::Tensor& tensor = plan_.tensors[static_cast<size_t>(view_tensors_[i])];
    auto root = static_cast<size_t>(engine_->root[static_cast<size_t>(view_tensors_[i])]);
    backends::TensorView& view = views_[i];
    view.dtype = tensor.type.dtype;
    view.shape = shape_of(view_tensors_[i]);
    view.row_stride = view.width();
    auto* data = static_cast<std::byte*>(memory_[root]);
    if (tensor.storage == Storage::view) {
      // Columns of a wider tensor keep its row stride; a reshape has the same elements and rows of its own.
      if (engine_->columns[static_cast<size_t>(view_tensors_[i])])
        view.row_stride = dim_values_[static_cast<size_t>(engine_->shapes[root].back())];
      if (data) data += tensor.offset * static_cast<int64_t>(size_of(view.dtype));
    }
    view.data = data;
  }
}

void ContextData::prepare() {
  bind_symbols();
  mark_needed();
  place_tensors();
  stale_ = false;
}

void ContextData::convert_input(size_t port) {
  const ConstTensorRef& user = inputs_[port].user;
  auto* out = reinterpret_cast<int32_t*>(inputs_[port].own.data());
  int64_t count = user.shape.count();
  for (int64_t i = 0; i < count; ++i) out[i] = integer_at(user, i);
}

void ContextData::fill_default(size_t port) {
  const plan::Port& p = plan_.inputs[port];
  auto* out = reinterpret_cast<int32_t*>(inputs_[port].own.data());
  Shape shape = shape_of(p.tensor);
  int64_t count = shape.count(), width = shape.rank() == 0 ? 1 : shape[-1];
  if (p.absent != ops::InputDefault::positions) {
    std::fill_n(out, count, p.absent == ops::InputDefault::ones ? 1 : 0);
    return;
  }
  if (p.form != plan::Form::packed) {
    for (int64_t i = 0; i < count; ++i) out[i] = static_cast<int32_t>(i % width);
    return;
  }
  int cu = plan_.find_input("cu_seqlens");
  if (cu < 0 || !inputs_[static_cast<size_t>(cu)].bound)
    fail(ErrorCode::invalid_argument, p.name, "bind cu_seqlens", "positions need the sequences' bounds");
  const auto* bounds =
      static_cast<const int32_t*>(memory_[static_cast<size_t>(plan_.inputs[static_cast<size_t>(cu)].tensor)]);
  int64_t sequences = shape_of(plan_.inputs[static_cast<size_t>(cu)].tensor)[0] - 1;
  for (int64_t s = 0; s < sequences; ++s)
    for (int32_t i = bounds[s]; i < bounds[s + 1]; ++i) out[i] = i - bounds[s];
}

void ContextData::check_sequences(const int32_t* cu_seqlens, int64_t count, int64_t tokens) const {
  bool good = count >= 1 && cu_seqlens[0] == 0 && cu_seqlens[count - 1] == tokens;
  for (int64_t i = 0; good && i + 1 < count; ++i) good = cu_seqlens[i] <= cu_seqlens[i + 1];
  if (!good)
    fail(ErrorCode::invalid_argument, "cu_seqlens", "give [0, n1, n1 + n2, ..., tokens]",
         "it must rise from 0 to the number of tokens, {}", tokens);
  for (int64_t i = 0; engine_->max_seq > 0 && i + 1 < count; ++i)
    if (cu_seqlens[i + 1] - cu_seqlens[i] > engine_->max_seq)
      fail(ErrorCode::out_of_range, "cu_seqlens", "cut the text, or build with a larger maximum",
           "sequence {} has {} tokens, the model takes {}", i, cu_seqlens[i + 1] - cu_seqlens[i], engine_->max_seq);
}

void ContextData::fill_inputs() {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    InputSlot& slot = inputs_[i];
    if (!slot.needed || slot.filled) continue;
    auto t = static_cast<size_t>(plan_.inputs[i].tensor);
    if (slot.user.dtype != plan_.tensors[t].type.dtype)
      convert_input(i);
    else if (memory_[t] != slot.user.data) {  // only the pointer changed since prepare()
      memory_[t] = const_cast<void*>(slot.user.data);
      for (size_t v = 0; v < views_.size(); ++v)
        if (engine_->root[static_cast<size_t>(view_tensors_[v])] == static_cast<int>(t)) views_[v].data = memory_[t];
    }
  }
  if (packed_) {
    int cu = plan_.find_input("cu_seqlens");
    if (cu >= 0 && inputs_[static_cast<size_t>(cu)].needed) {
      int tensor = plan_.inputs[static_cast<size_t>(cu)].tensor, tokens = engine_->symbol("tokens");
      check_sequences(static_cast<const int32_t*>(memory_[static_cast<size_t>(tensor)]), shape_of(tensor)[0],
                      tokens < 0 ? 0 : symbols_[static_cast<size_t>(tokens)]);
    }
  }
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].needed && inputs_[i].filled) fill_default(i);
}

void ContextData::execute(Team& team) noexcept {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start;
  for (ActiveStep& active : steps_) {
    const plan::Step& step = *active.step->step;
    if (profile_ && team.rank() == 0) start = Clock::now();
    std::span<const backends::TensorView> all(views_.data() + active.first_view,
                                              step.inputs.size() + step.outputs.size());
    backends::Launch launch{all.first(step.inputs.size()), all.subspan(step.inputs.size()), active.workspace,
                            active.extents, &fault_};
    active.step->run->run(launch, team);
    // Before the barrier: nobody is in the next step yet.
    const plan::Step* none = nullptr;
    if (fault_.raised()) faulty_.compare_exchange_strong(none, &step);
    team.barrier();
    if (!active.step->symbols.empty()) {
      if (team.rank() == 0) {
        for (size_t i = 0; i < active.step->symbols.size() && i < std::size(active.extents); ++i)
          symbols_[static_cast<size_t>(active.step->symbols[i])] = active.extents[i];
        evaluate_dims();
        refresh_views();
      }
      team.barrier();
    }
    if (profile_ && team.rank() == 0)
      active.microseconds += std::chrono::duration<double, std::micro>(Clock::now() - start).count();
  }
}

Status ContextData::run() noexcept {
  try {
    bool runtime_symbols = false;
    for (const ActiveStep& step : steps_) runtime_symbols = runtime_symbols || !step.step->symbols.empty();
    if (stale_) {
      for (ActiveStep& step : steps_) step.microseconds = 0;
      prepare();
    } else if (runtime_symbols) {
      // The last run narrowed run-time symbols; go back to their bounds.
      bind_symbols();
      refresh_views();
    }
    fill_inputs();
    fault_.clear();
    faulty_.store(nullptr);
    ThreadPool::instance().run(
        threads_, [](Team& team, void* self) { static_cast<ContextData*>(self)->execute(team); }, this);
    if (profile_)
      for (ActiveStep& step : steps_) {
        Context::StepTime& time = times_[static_cast<size_t>(step.step - engine_->steps.data())];
        time.total_us += step.microseconds;
        ++time.runs;
        step.microseconds = 0;
      }
    if (fault_.raised())
      throw Error(fault_.code(), faulty_.load()->name, fault_.message(),
                  "check the ids, bounds and rows that were bound");
    return {};
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const std::exception& error) {
    return {ErrorCode::out_of_memory, error.what()};
  }
}

ConstTensorRef ContextData::output(std::string_view name) const {
  size_t i = output_index(name);
  int tensor = plan_.outputs[i].tensor;
  auto root = static_cast<size_t>(engine_->root[static_cast<size_t>(tensor)]);
  if (stale_ || !outputs_[i].requested || !memory_[root])
    fail(ErrorCode::invalid_argument, name, "call request() and run() first", "this output was not computed");
  return {plan_.tensors[static_cast<size_t>(tensor)].type.dtype, shape_of(tensor), memory_[root]};
}

std::vector<Context::StepTime> ContextData::step_times() const {
  std::vector<Context::StepTime> used;
  for (const Context::StepTime& time : times_)
    if (time.runs > 0) used.push_back(time);
  return used;
}

}  // namespace lathe::runtime
