// What a user binds and reads, and the run itself. What lies between: context_prepare.cpp, context_measure.cpp for what
// depends on shapes alone, context_inputs.cpp for the values of a run.
#include "runtime/context_data.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/log.h"

namespace lathe::runtime {
namespace {

std::string list_names(const auto& ports) {
  std::string text;
  for (const auto& port : ports) text += (text.empty() ? "" : ", ") + port.name;
  return text;
}

}  // namespace

Status status_of(ErrorCode code, const char* message) noexcept {
  try {
    return {code, message};
  } catch (...) {
    return {code, {}};
  }
}

ContextData::ContextData(std::shared_ptr<const EngineData> engine, const ContextOptions& options)
    : engine_(std::move(engine)),
      plan_(engine_->plan),
      threads_(ThreadPool::members_for(options.threads)),
      profile_(options.profile),
      inputs_(plan_.inputs.size()),
      outputs_(plan_.outputs.size()),
      symbols_(engine_->symbols.size(), kUnknown),
      elements_(engine_->element_count),
      elements_now_(engine_->element_count),
      given_(engine_->symbols.size()),
      dim_values_(engine_->dims.size()),
      memory_(plan_.tensors.size()),
      arenas_(plan_.devices.size() + 1),
      devices_(plan_.devices.size()),
      counted_on_device_(engine_->symbols.size(), -1) {
  for (size_t i = 0; i < outputs_.size(); ++i) outputs_[i].requested = !plan_.outputs[i].on_demand;
  times_.resize(static_cast<size_t>(engine_->step_count));
  for_each_step(engine_->steps, [this](const PreparedStep& step) {
    times_[static_cast<size_t>(step.number)] = {step.step->name, step.tactic, 0, 0};
  });
  if (options.threads > ThreadPool::kMaxThreads)
    log(LogLevel::warning, "{} threads are asked for; a run takes {} at most", options.threads,
        ThreadPool::kMaxThreads);
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

namespace {

bool is_strided(const ConstTensorRef& tensor) {
  int64_t expected = 1;
  for (int d = tensor.strides.rank() - 1; d >= 0; --d) {
    if (tensor.shape[d] != 1 && tensor.strides[d] != expected) return tensor.shape.count() != 0;
    expected = saturating_mul(expected, tensor.shape[d]);
  }
  return false;
}

/// Where the first and behind the last byte of a tensor lie.
std::pair<uintptr_t, uintptr_t> range_of(const ConstTensorRef& tensor) {
  const auto begin = reinterpret_cast<uintptr_t>(tensor.data);
  const int64_t count = tensor.shape.count();
  if (tensor.strides.rank() == 0 || count == 0)
    return {begin, begin + static_cast<uintptr_t>(bytes_of(tensor.dtype, tensor.format.elements(tensor.shape)))};
  int64_t low = 0, high = 1;
  for (int d = 0; d < tensor.strides.rank(); ++d) {
    const int64_t reach = saturating_mul(tensor.strides[d], tensor.shape[d] - 1);
    (reach < 0 ? low : high) = saturating_add(reach < 0 ? low : high, reach);
  }
  const auto size = static_cast<int64_t>(size_of(tensor.dtype));
  return {begin + static_cast<uintptr_t>(saturating_mul(low, size)),
          begin + static_cast<uintptr_t>(saturating_mul(high, size))};
}

}  // namespace

void ContextData::set_input(std::string_view name, const ConstTensorRef& tensor) {
  settle_run();
  size_t i = port_index(name);
  const plan::Tensor& expected = tensor_of(i);
  if (tensor.shape.rank() != expected.type.rank())
    fail(ErrorCode::shape_mismatch, name, fmt::format("bind a tensor of {} dimensions", expected.type.rank()),
         "shape {} does not fit {}", to_string(tensor.shape), lathe::to_string(expected.type.shape));
  for (int64_t d : tensor.shape)
    if (d < 0)
      fail(ErrorCode::shape_mismatch, name, "bind a tensor of no negative size", "shape {} is negative",
           to_string(tensor.shape));
  if (tensor.dtype != expected.type.dtype && expected.type.dtype != DType::i32)
    fail(ErrorCode::shape_mismatch, name, "convert it first", "type {} does not fit {}", to_string(tensor.dtype),
         to_string(expected.type.dtype));
  if (tensor.data == nullptr && tensor.shape.count() != 0)
    fail(ErrorCode::invalid_argument, name, "bind memory", "the data pointer is null");
  if (tensor.strides.rank() != 0 && tensor.strides.rank() != tensor.shape.rank())
    fail(ErrorCode::shape_mismatch, name, "give one for each dimension, or none", "{} strides do not fit shape {}",
         tensor.strides.rank(), to_string(tensor.shape));
  if (!(tensor.format == expected.format))
    fail(ErrorCode::shape_mismatch, name, fmt::format("bind it {}", to_string(expected.format)), "its elements lie {}",
         to_string(tensor.format));
  if (!expected.format.is_dense() && (tensor.dtype != expected.type.dtype || is_strided(tensor)))
    fail(ErrorCode::unsupported, name, "convert it first", "of another type, or with strides, it cannot lie {}",
         to_string(expected.format));
  if (tensor.strides.rank() != 0 && bits_of(tensor.dtype) < 8)
    fail(ErrorCode::unsupported, name, "bind them row-major", "elements of type {} have strides",
         to_string(tensor.dtype));
  InputSlot& slot = inputs_[i];
  const bool strided = is_strided(tensor);
  stale_ = stale_ || !slot.bound || !(slot.user.shape == tensor.shape) || slot.user.dtype != tensor.dtype ||
           slot.strided != strided;
  slot.strided = strided;
  slot.user = tensor;
  slot.user.data = addressable(tensor.data);
  slot.bound = true;
}

void ContextData::clear_inputs() {
  settle_run();
  for (InputSlot& slot : inputs_) slot.bound = false;
  stale_ = true;
}

void ContextData::request(const std::vector<std::string>& names) {
  settle_run();
  std::vector<bool> wanted(outputs_.size());
  for (const std::string& name : names) wanted[output_index(name)] = true;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    stale_ = stale_ || outputs_[i].requested != wanted[i];
    outputs_[i].requested = wanted[i];
  }
}

void ContextData::set_output(std::string_view name, const TensorRef& tensor) {
  settle_run();
  size_t i = output_index(name);
  const plan::Tensor& expected = plan_.tensors[static_cast<size_t>(plan_.outputs[i].tensor)];
  if (tensor.data && tensor.dtype != expected.type.dtype)
    fail(ErrorCode::shape_mismatch, name, "bind memory of that type", "type {} does not fit {}",
         to_string(tensor.dtype), to_string(expected.type.dtype));
  if (tensor.data && !(tensor.format == expected.format))
    fail(ErrorCode::shape_mismatch, name,
         fmt::format("bind memory for elements that lie {}", to_string(expected.format)), "its elements lie {}",
         to_string(tensor.format));
  for (int64_t d : tensor.shape)
    if (d < 0)
      fail(ErrorCode::shape_mismatch, name, "bind memory of no negative size", "shape {} is negative",
           to_string(tensor.shape));
  OutputSlot& slot = outputs_[i];
  // Another address of the same size changes nothing that was planned.
  stale_ = stale_ || slot.allocate || !slot.user.data || !tensor.data || !(slot.user.shape == tensor.shape);
  slot.user = tensor;
  slot.allocate = nullptr;
}

void ContextData::set_output_allocator(std::string_view name, OutputAllocator allocate) {
  settle_run();
  OutputSlot& slot = outputs_[output_index(name)];
  slot.user = {};
  slot.allocate = std::move(allocate);
  stale_ = true;
}

/// Steps would read what others have just written, and one result would lie over another.
void ContextData::check_overlaps() const {
  auto overlap = [](const void* a, size_t a_bytes, const void* b, size_t b_bytes) {
    const auto x = reinterpret_cast<uintptr_t>(a), y = reinterpret_cast<uintptr_t>(b);
    return x < y + b_bytes && y < x + a_bytes;
  };
  for (size_t o = 0; o < outputs_.size(); ++o) {
    const OutputSlot& slot = outputs_[o];
    if (!slot.requested) continue;
    // A result of the last run lies in this context's own memory, where the next one goes.
    const void* place = slot.user.data ? slot.user.data : slot.memory.data();
    const size_t bytes_of_it = slot.user.data ? slot.bytes : slot.memory.size();
    auto refuse = [&](std::string_view other) {
      fail(ErrorCode::invalid_argument, plan_.outputs[o].name, "bind memory of its own",
           "its memory overlaps that of '{}'", other);
    };
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const InputSlot& input = inputs_[i];
      if (!input.needed || input.filled) continue;
      const auto [begin, end] = range_of(input.user);
      if (overlap(place, bytes_of_it, reinterpret_cast<const void*>(begin), end - begin)) refuse(plan_.inputs[i].name);
    }
    if (!slot.user.data) continue;
    for (size_t i = 0; i < o; ++i)
      if (outputs_[i].requested && outputs_[i].user.data &&
          overlap(slot.user.data, slot.bytes, outputs_[i].user.data, outputs_[i].bytes))
        refuse(plan_.outputs[i].name);
  }
}

/// Of an id outside its table, the input and the place that it comes from; else the step.
void ContextData::tell_fault() const {
  const plan::Step& step = *faulty_.load();
  for (const ops::Lookup& lookup : step.op.lookups())
    check_ids(step.inputs[lookup.ids], shape_of(step.inputs[lookup.table])[static_cast<int>(lookup.axis)]);
  throw Error(fault_.code(), step.name, fault_.message(), "check the ids, bounds and rows that were bound");
}

/// What a run needs before its first step.
void ContextData::begin_run() {
  bool counts = false;
  for (const ActiveStep& step : steps_) counts = counts || !step.step->symbols.empty();
  stale_ = stale_ || elements_changed();
  if (stale_) {
    prepare();
  } else if (counts) {
    // The last run narrowed run-time symbols; go back to their bounds.
    bind_symbols();
    refresh_views();
  }
  for (size_t s = 0; profile_ && s < steps_.size(); ++s) {
    steps_[s].microseconds = 0;
    steps_[s].ran = false;
  }
  rebind_outputs();
  check_overlaps();
  fill_inputs();
  fault_.clear();
  iterations_ = 0;
  faulty_.store(nullptr);
  unequal_ = nullptr;
}

/// Runs the host's steps and enqueues those of devices; returns while devices are still at work.
void ContextData::start(const std::shared_ptr<backends::Queue>& queue) {
  begin_run();
  begin_devices(queue);
  struct Call {
    ContextData* self;
    const Segment* segment;
  };
  for (size_t i = 0; i < segments_.size() && !fault_.raised() && !unequal_; ++i) {
    Segment& segment = segments_[i];
    for (int from : segment.waits)
      if (from >= 0) await(segments_[static_cast<size_t>(from)], from);
    if (fault_.raised()) break;
    if (segment.device != plan::kHost) {
      enqueue(segment, static_cast<int>(i));
    } else {
      Call call{this, &segment};
      ThreadPool::instance().run(
          threads_,
          [](Team& team, void* argument) {
            const Call& c = *static_cast<Call*>(argument);
            c.self->execute(c.segment->first, c.segment->last, team);
          },
          &call);
    }
  }
  download_outputs();
  for (size_t d = 1; d < devices_.size(); ++d) devices_[d].event = devices_[d].queue->record();
}

/// Waits for devices, and notes what the run found.
void ContextData::finish() {
  finish_devices();
  if (profile_)
    for (const ActiveStep& step : steps_) {
      if (!step.step->cpu || !step.ran) continue;
      Context::StepTime& time = times_[static_cast<size_t>(step.step->number)];
      time.total_us += step.microseconds;
      ++time.runs;
    }
  if (fault_.raised()) tell_fault();
  if (unequal_ != nullptr) tell_unequal(*unequal_);
  finish_outputs();
}

std::byte* ContextData::place_of(OutputSlot& slot) const {
  return slot.user.data ? static_cast<std::byte*>(slot.user.data) : slot.memory.data();
}

/// Copies what no step could write in place, and notes the shapes that the run found.
void ContextData::finish_outputs() {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    OutputSlot& slot = outputs_[i];
    if (!slot.requested) continue;
    const backends::TensorView view = view_of(plan_.outputs[i].tensor);
    std::byte* place = place_of(slot);
    if (!slot.direct && on_host(plan_.outputs[i].tensor)) copy_elements(view, place);
    if (slot.allocate) {
      const size_t bytes = bytes_of(plan_.outputs[i].tensor);
      void* memory = slot.allocate(bytes, view.shape);
      if (!memory && bytes > 0)
        fail(ErrorCode::out_of_memory, plan_.outputs[i].name, "free some memory", "its allocator gave no {} bytes",
             bytes);
      if (bytes > 0) std::memcpy(memory, place, bytes);
      place = static_cast<std::byte*>(memory);
    }
    slot.result = {view.dtype, view.shape, place};
    slot.result.format = plan_.tensors[static_cast<size_t>(plan_.outputs[i].tensor)].format;
    slot.computed = true;
  }
}

/// Turns what is thrown into a status, with nothing left in flight.
template <class Work>
Status ContextData::guarded(Work work) noexcept {
  Status status;
  try {
    work();
    return {};
  } catch (const Error& error) {
    status = status_of(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    status = status_of(ErrorCode::out_of_memory, "memory: none is left; run smaller batches, or free some memory");
  } catch (const std::exception& error) {
    status = status_of(ErrorCode::internal, error.what());
  } catch (...) {
    status = status_of(ErrorCode::internal, "an exception of an unknown kind");
  }
  drain();
  for (OutputSlot& slot : outputs_) slot.computed = false;
  return status;
}

/// A run that nobody has waited for ends before anything of it changes.
void ContextData::settle_run() noexcept {
  if (!started_) return;
  started_ = false;
  last_ = guarded([this] { finish(); });
}

Status ContextData::run() noexcept {
  settle_run();
  for (OutputSlot& slot : outputs_) slot.computed = false;
  return guarded([this] {
    start(nullptr);
    finish();
  });
}

Status ContextData::run(std::shared_ptr<backends::Queue> queue) noexcept {
  settle_run();
  for (OutputSlot& slot : outputs_) slot.computed = false;
  if (!queue || devices_.size() != 2 || &queue->device() != engine_->devices[1])
    last_ =
        status_of(ErrorCode::invalid_argument, "queue: it is not of the plan's device; take one of Engine::queue()");
  else
    last_ = guarded([&] { start(queue); });
  started_ = last_.ok();
  return status_of(last_.code(), last_.message().c_str());
}

Status ContextData::wait() noexcept {
  settle_run();
  return status_of(last_.code(), last_.message().c_str());
}

ContextData::~ContextData() { drain(); }

ConstTensorRef ContextData::output(std::string_view name) const {
  const OutputSlot& slot = outputs_[output_index(name)];
  if (!slot.computed)
    fail(ErrorCode::invalid_argument, name, "call request() and then run(), and see that its status is ok",
         "the last run did not compute this output");
  return slot.result;
}

std::vector<Context::StepTime> ContextData::step_times() const {
  std::vector<Context::StepTime> used;
  for (const Context::StepTime& time : times_)
    if (time.runs > 0) used.push_back(time);
  return used;
}

}  // namespace lathe::runtime
