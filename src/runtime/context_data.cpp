// What a user binds and reads, and the run itself; context_prepare.cpp has what lies between.
#include "runtime/context_data.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/half.h"

namespace lathe::runtime {
namespace {

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
