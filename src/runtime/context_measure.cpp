// How much memory a run takes for the bound shapes and requested outputs, found without taking any.
#include "base/error.h"
#include "runtime/context_data.h"

namespace lathe::runtime {

using plan::Storage;

/// Counted with empty dimensions as 1: no product of a tensor's dimensions leaves 64 bits.
size_t ContextData::bytes_of(int tensor) const {
  const plan::Tensor& t = plan_.tensors[static_cast<size_t>(tensor)];
  const Shape shape = whole_shape_of(tensor);
  Shape most = shape;
  for (int d = 0; d < most.rank(); ++d) most[d] = std::max<int64_t>(most[d], 1);
  if (lathe::bytes_of(t.type.dtype, t.format.elements(most)) > kMostBytes)
    fail(ErrorCode::out_of_memory, t.name, "run smaller batches", "its shape {} is larger than any memory",
         to_string(shape));
  return static_cast<size_t>(lathe::bytes_of(t.type.dtype, t.format.elements(shape)));
}

/// What lies outside of the arena, and how many bytes all the rest takes. Takes no memory.
void ContextData::measure() {
  now_.outside.assign(plan_.tensors.size(), false);
  for (size_t t = 0; t < plan_.tensors.size(); ++t) now_.outside[t] = plan_.tensors[t].storage == Storage::weight;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    InputSlot& slot = inputs_[i];
    if (!slot.needed) continue;
    const int tensor = plan_.inputs[i].tensor;
    slot.own = slot.filled || slot.strided ||
               slot.user.dtype != plan_.tensors[static_cast<size_t>(tensor)].type.dtype ||
               engine_->is_bounds[static_cast<size_t>(tensor)];
    now_.outside[static_cast<size_t>(tensor)] = true;
  }
  measure_outputs();
  measure_arena();
}

void ContextData::measure_outputs() {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    OutputSlot& slot = outputs_[i];
    slot.direct = false;
    if (!slot.requested) continue;
    const auto t = static_cast<size_t>(plan_.outputs[i].tensor), root = static_cast<size_t>(engine_->root[t]);
    slot.bytes = bytes_of(static_cast<int>(t));
    // A second name of one tensor, an input, a weight, or columns of a wider tensor are copied after the run; so are
    // bounds of sequences, which no caller may reach while steps trust them.
    // What lies on a device comes back by way of its queue.
    slot.direct = !now_.outside[root] && engine_->layout[t] != backends::Layout::rows && !engine_->is_bounds[root] &&
                  on_host(static_cast<int>(t));
    if (slot.direct) now_.outside[root] = true;
    if (!slot.user.data) continue;
    const int64_t have = lathe::bytes_of(slot.user.dtype, slot.user.format.elements(slot.user.shape));
    if (static_cast<size_t>(have) < slot.bytes)
      fail(ErrorCode::shape_mismatch, plan_.outputs[i].name, "bind memory of the size of the largest result",
           "the bound memory has {} bytes, the result up to {}", have, slot.bytes);
  }
}

/// Lifetimes in active steps; each step's workspace lives in its step alone.
void ContextData::collect_lifetimes() {
  steps_.clear();
  views_.clear();
  view_tensors_.clear();
  sizes_.clear();
  for (Arena& arena : arenas_) {
    arena.lifetimes.clear();
    arena.tensors.clear();
    arena.steps.clear();
  }
  lifetime_of_.assign(plan_.tensors.size(), -1);
  blocks_.clear();
  clock_ = 0;
  collect(engine_->steps, false);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const auto root = static_cast<size_t>(engine_->root[static_cast<size_t>(plan_.outputs[i].tensor)]);
    if (outputs_[i].requested && lifetime_of_[root] >= 0)  // copied after the last step
      arena_of(root).lifetimes[static_cast<size_t>(lifetime_of_[root])].last = clock_;
  }
  form_segments();
  hold_shared_memory();
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (!steps_[i].step->run) continue;  // a copy, or blocks
    Arena& arena = arenas_[static_cast<size_t>(steps_[i].step->step->device)];
    arena.lifetimes.push_back({steps_[i].at, steps_[i].at});
    arena.steps.push_back(i);
  }
}

/// For the views as they are.
size_t ContextData::workspace_of(const ActiveStep& active) const {
  const std::span<const backends::TensorView> all = views_of(active);
  const size_t inputs = active.step->step->inputs.size();
  return active.step->run->workspace(all.first(inputs), all.subspan(inputs), threads_);
}

/// Sizes of all buffers at the present values of dimensions.
void ContextData::measure_buffers() {
  for (int t : view_tensors_) bytes_of(engine_->root[static_cast<size_t>(t)]);  // before workspaces count with them
  refresh_views();
  for (Arena& arena : arenas_) {
    arena.bytes.clear();
    for (int t : arena.tensors) arena.bytes.push_back(bytes_of(t));
    for (size_t s : arena.steps) arena.bytes.push_back(workspace_of(steps_[s]));
  }
}

/// Puts the buffers of each arena in order, which is that of a large batch: nothing depends on the sizes of earlier
/// runs.
void ContextData::arrange() {
  arranged_.active.clear();
  collect_lifetimes();
  other_values_ = dim_values_;
  if (!engine_->large.empty()) dim_values_ = engine_->large;
  measure_buffers();
  dim_values_ = other_values_;
  for (Arena& arena : arenas_) {
    arena.layout.arrange(arena.lifetimes, arena.bytes);
    arena.offsets.resize(arena.bytes.size());
  }
  arranged_ = now_;
}

void ContextData::measure_arena() {
  now_.requested.clear();
  for (const OutputSlot& slot : outputs_) now_.requested.push_back(slot.requested);
  if (!(now_ == arranged_)) arrange();
  std::fill(memory_.begin(), memory_.end(), nullptr);
  measure_buffers();
  for (Arena& arena : arenas_) {
    for (size_t i = 0; i < arena.steps.size(); ++i)
      if (arena.bytes[arena.tensors.size() + i] > static_cast<size_t>(kMostBytes))
        fail(ErrorCode::out_of_memory, steps_[arena.steps[i]].step->step->name, "run smaller batches",
             "its workspace is larger than any memory");
    arena.needed = arena.layout.place(arena.bytes, arena.offsets);
  }
}

/// Of a strided input of another type: it is made row-major before it is converted.
size_t ContextData::rows_bytes(size_t port) const {
  const InputSlot& slot = inputs_[port];
  if (!slot.strided || slot.filled || slot.user.dtype == tensor_of(port).type.dtype) return 0;
  return static_cast<size_t>(lathe::bytes_of(slot.user.dtype, slot.user.shape.count()));
}

/// What place_tensors() will take of the host beyond what the context holds.
size_t ContextData::missing_bytes() const {
  auto beyond = [](size_t needed, const auto& held) { return needed > held.size() ? needed - held.size() : 0; };
  size_t bytes = 0;
  for (const size_t of_host : {size_t{plan::kHost}, arenas_.size() - 1})
    bytes += beyond(arenas_[of_host].needed, arenas_[of_host].host);
  for (size_t d = 1; d < devices_.size(); ++d) bytes += beyond(copied_bytes(d), devices_[d].copies);
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].needed && inputs_[i].own)
      bytes += beyond(bytes_of(plan_.inputs[i].tensor), inputs_[i].memory) + beyond(rows_bytes(i), inputs_[i].rows);
  for (const OutputSlot& slot : outputs_)
    if (slot.requested && !slot.user.data) bytes += beyond(slot.bytes, slot.memory);
  return bytes;
}

/// For what is bound and requested now; the next run takes the memory.
void ContextData::measure_again() {
  settle_run();
  stale_ = stale_ || elements_changed();
  if (!stale_) return;
  bind_symbols();
  mark_needed();
  measure();
}

size_t ContextData::arena_bytes() {
  measure_again();
  size_t bytes = 0;
  for (const Arena& arena : arenas_) bytes += arena.needed;
  return bytes;
}

size_t ContextData::required_bytes() {
  size_t bytes = arena_bytes();
  for (size_t d = 1; d < devices_.size(); ++d) bytes += copied_bytes(d) + devices_[d].bytes();
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].needed) continue;
    if (inputs_[i].own) bytes += bytes_of(plan_.inputs[i].tensor) + rows_bytes(i);
    if (!on_host(plan_.inputs[i].tensor)) bytes += bytes_of(plan_.inputs[i].tensor);
  }
  for (const OutputSlot& slot : outputs_)
    if (slot.requested && !slot.user.data) bytes += slot.bytes;
  return bytes;
}

}  // namespace lathe::runtime
