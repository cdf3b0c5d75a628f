// How much memory a run takes for the bound shapes and requested outputs, found without taking any.
#include "base/error.h"
#include "runtime/context_data.h"

namespace lathe::runtime {

using plan::Storage;

namespace {
/// Sizes of one run: far from where arithmetic on them ends.
constexpr int64_t kMostBytes = int64_t{1} << 46;
}  // namespace

/// Counted with empty dimensions as 1: no product of a tensor's dimensions leaves 64 bits.
size_t ContextData::bytes_of(int tensor) const {
  const plan::Tensor& t = plan_.tensors[static_cast<size_t>(tensor)];
  int64_t bytes = static_cast<int64_t>(size_of(t.type.dtype)), most = bytes;
  for (int d : engine_->shapes[static_cast<size_t>(tensor)]) {
    const int64_t size = dim_values_[static_cast<size_t>(d)];
    bytes = saturating_mul(bytes, size);
    most = saturating_mul(most, std::max<int64_t>(size, 1));
  }
  if (most > kMostBytes)
    fail(ErrorCode::out_of_memory, t.name, "run smaller batches", "its shape {} is larger than any memory",
         to_string(shape_of(tensor)));
  return static_cast<size_t>(bytes);
}

/// What lies outside of the arena, and how many bytes all the rest takes. Takes no memory.
void ContextData::measure() {
  outside_.assign(plan_.tensors.size(), false);
  for (size_t t = 0; t < plan_.tensors.size(); ++t) outside_[t] = plan_.tensors[t].storage == Storage::weight;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    InputSlot& slot = inputs_[i];
    if (!slot.needed) continue;
    const int tensor = plan_.inputs[i].tensor;
    slot.own = slot.filled || slot.user.dtype != plan_.tensors[static_cast<size_t>(tensor)].type.dtype ||
               engine_->is_bounds[static_cast<size_t>(tensor)];
    outside_[static_cast<size_t>(tensor)] = true;
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
    slot.direct = !outside_[root] && !engine_->columns[t] && !engine_->is_bounds[root];
    if (slot.direct) outside_[root] = true;
    if (!slot.user.data) continue;
    const int64_t have = saturating_mul(slot.user.shape.count(), static_cast<int64_t>(size_of(slot.user.dtype)));
    if (static_cast<size_t>(have) < slot.bytes)
      fail(ErrorCode::shape_mismatch, plan_.outputs[i].name, "bind memory of the size of the largest result",
           "the bound memory has {} bytes, the result up to {}", have, slot.bytes);
  }
}

/// Lifetimes in active steps; each step's workspace lives in its step alone.
void ContextData::measure_arena() {
  std::fill(memory_.begin(), memory_.end(), nullptr);
  steps_.clear();
  views_.clear();
  view_tensors_.clear();
  sizes_.clear();
  lifetimes_.clear();
  lifetime_tensors_.clear();
  lifetime_of_.assign(plan_.tensors.size(), -1);
  int at = 0;
  for (size_t s = 0; s < plan_.steps.size(); ++s) {
    if (!active_[s]) continue;
    ActiveStep step;
    step.step = &engine_->steps[s];
    step.first_view = views_.size();
    step.first_size = sizes_.size();
    sizes_.resize(sizes_.size() + step.step->sizes.size());
    for (const std::vector<int>* list : {&plan_.steps[s].inputs, &plan_.steps[s].outputs})
      for (int t : *list) {
        auto r = static_cast<size_t>(engine_->root[static_cast<size_t>(t)]);
        view_tensors_.push_back(t);
        views_.emplace_back();
        const size_t bytes = bytes_of(static_cast<int>(r));
        if (outside_[r]) continue;
        if (lifetime_of_[r] < 0) {
          lifetime_of_[r] = static_cast<int>(lifetimes_.size());
          lifetimes_.push_back({bytes, at, at, 0});
          lifetime_tensors_.push_back(static_cast<int>(r));
        }
        lifetimes_[static_cast<size_t>(lifetime_of_[r])].last = at;
      }
    steps_.push_back(step);
    ++at;
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const auto root = static_cast<size_t>(engine_->root[static_cast<size_t>(plan_.outputs[i].tensor)]);
    if (outputs_[i].requested && lifetime_of_[root] >= 0)
      lifetimes_[static_cast<size_t>(lifetime_of_[root])].last = at;  // copied after the last step
  }
  refresh_views();
  for (size_t i = 0; i < steps_.size(); ++i) {
    const plan::Step& s = *steps_[i].step->step;
    std::span<const backends::TensorView> all(views_.data() + steps_[i].first_view, s.inputs.size() + s.outputs.size());
    size_t bytes = steps_[i].step->run->workspace(all.first(s.inputs.size()), all.subspan(s.inputs.size()), threads_);
    if (bytes > static_cast<size_t>(kMostBytes))
      fail(ErrorCode::out_of_memory, s.name, "run smaller batches", "its workspace is larger than any memory");
    lifetimes_.push_back({bytes, static_cast<int>(i), static_cast<int>(i), 0});
  }
  order_.reserve(2 * lifetimes_.size());
  arena_needed_ = place_buffers(lifetimes_, order_);
}

/// What place_tensors() will take beyond what the context holds.
size_t ContextData::missing_bytes() const {
  auto beyond = [](size_t needed, const Pages& held) { return needed > held.size() ? needed - held.size() : 0; };
  size_t bytes = beyond(arena_needed_, arena_);
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].needed && inputs_[i].own) bytes += beyond(bytes_of(plan_.inputs[i].tensor), inputs_[i].memory);
  for (const OutputSlot& slot : outputs_)
    if (slot.requested && !slot.user.data) bytes += beyond(slot.bytes, slot.memory);
  return bytes;
}

size_t ContextData::required_bytes() {
  if (stale_) {
    bind_symbols();
    mark_needed();
    measure();
  }
  size_t bytes = arena_needed_;
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].needed && inputs_[i].own) bytes += bytes_of(plan_.inputs[i].tensor);
  for (const OutputSlot& slot : outputs_)
    if (slot.requested && !slot.user.data) bytes += slot.bytes;
  return bytes;
}

}  // namespace lathe::runtime
