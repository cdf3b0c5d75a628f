// Runs on devices: which steps are enqueued together, what is waited for, and what comes back.
#include <algorithm>

#include "base/error.h"
#include "runtime/context_data.h"

namespace lathe::runtime {

using backends::FaultRecord;
using backends::LiveSize;

/// The latest segment of a device that begins before or with a step of the plan; -1: there is none.
int ContextData::latest_segment(int device, int step) const {
  const std::vector<int>& of_device = devices_[static_cast<size_t>(device)].segments;
  const PreparedStep* last = &engine_->steps[static_cast<size_t>(step)];
  const auto behind = std::upper_bound(of_device.begin(), of_device.end(), last, [this](const PreparedStep* p, int i) {
    return p < steps_[segments_[static_cast<size_t>(i)].first].step;
  });
  return behind == of_device.begin() ? -1 : *(behind - 1);
}

/// A segment ends where the next step runs elsewhere or waits. What an inactive step waits for, the next one does: it
/// may rely on it.
void ContextData::form_segments() {
  segments_.clear();
  for (DeviceRun& run : devices_) {
    run.segments.clear();
    run.counters.clear();
  }
  PerDevice awaited, pending;
  awaited.fill(-1);
  pending.fill(-1);
  size_t s = 0;
  for (size_t p = 0; p < plan_.steps.size(); ++p) {
    const plan::Step& step = plan_.steps[p];
    for (int w : step.waits) {
      int& wait = pending[static_cast<size_t>(plan_.steps[static_cast<size_t>(w)].device)];
      wait = std::max(wait, w);
    }
    if (!now_.active[p]) continue;
    Segment next;
    next.device = step.device;
    next.waits.fill(-1);
    bool waits = false;
    for (size_t d = 0; d < plan_.devices.size(); ++d) {
      const int from = pending[d] < 0 ? -1 : latest_segment(static_cast<int>(d), pending[d]);
      pending[d] = -1;
      if (from <= awaited[d]) continue;
      next.waits[d] = awaited[d] = from;
      waits = true;
    }
    DeviceRun& run = devices_[static_cast<size_t>(step.device)];
    if (waits || segments_.empty() || segments_.back().device != step.device) {
      next.first = s;
      run.segments.push_back(static_cast<int>(segments_.size()));
      segments_.push_back(next);
    }
    if (step.device != plan::kHost && !steps_[s].step->symbols.empty()) {
      steps_[s].count_slot = run.counters.size();
      run.counters.push_back(s);
    }
    segments_.back().last = s = steps_[s].end;
  }
}

/// Devices copy from and to the host's memory while it goes on: nothing else may lie there until it waits for them.
void ContextData::hold_shared_memory() {
  for (size_t d = 1; d < devices_.size(); ++d) {
    const std::vector<int>& of_device = devices_[d].segments;
    // Who waits for a segment has waited for those of its device before it: the first to wait for each comes in order.
    auto held = of_device.begin();
    for (const Segment& segment : segments_)
      for (; held != of_device.end() && *held <= segment.waits[d]; ++held)
        hold_until(segments_[static_cast<size_t>(*held)], steps_[segment.first].at);
    for (; held != of_device.end(); ++held) hold_until(segments_[static_cast<size_t>(*held)], clock_);
  }
}

/// What a segment of a device has of the host's memory is in use until this place of the order.
void ContextData::hold_until(const Segment& segment, int release) {
  for (size_t s = segment.first; s < segment.last; ++s) {
    const plan::Step& step = *steps_[s].step->step;
    for (const std::vector<int>* list : {&step.inputs, &step.outputs})
      for (int t : *list) {
        const auto root = static_cast<size_t>(engine_->root[static_cast<size_t>(t)]);
        if (!on_host(static_cast<int>(root)) || lifetime_of_[root] < 0) continue;
        int& last = arena_of(root).lifetimes[static_cast<size_t>(lifetime_of_[root])].last;
        last = std::max(last, release);
      }
  }
}

void ContextData::place_devices() {
  for (size_t d = 1; d < devices_.size(); ++d) {
    DeviceRun& run = devices_[d];
    run.block.reserve(*engine_->devices[d], run.bytes());
    run.copies.reserve(copied_bytes(d), engine_->devices[d]);
  }
}

void ContextData::begin_devices(const std::shared_ptr<backends::Queue>& queue) {
  std::fill(counted_on_device_.begin(), counted_on_device_.end(), -1);
  for (Segment& segment : segments_) segment.enqueued = segment.awaited = false;
  for (size_t d = 1; d < devices_.size(); ++d) {
    DeviceRun& run = devices_[d];
    if (!queue && !run.own) run.own = engine_->devices[d]->make_queue();
    run.queue = queue ? queue : run.own;
    in_flight_ = true;
    run.queue->fill_zero(run.block.data(), run.bytes());
  }
  for (size_t s = 0; s < steps_.size(); ++s)
    if (steps_[s].step->device)
      for (int symbol : steps_[s].step->symbols) counted_on_device_[static_cast<size_t>(symbol)] = static_cast<int>(s);
  upload_inputs();
}

void ContextData::upload_inputs() {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const InputSlot& slot = inputs_[i];
    if (!slot.needed || on_host(plan_.inputs[i].tensor)) continue;
    devices_[static_cast<size_t>(tensor_of(i).device)].queue->upload(
        slot.device_memory.data(), slot.own ? static_cast<const void*>(slot.memory.data()) : slot.user.data,
        bytes_of(plan_.inputs[i].tensor));
  }
}

/// What the device knows of the operands' sizes and the host does not yet. What a step counts itself it need not be
/// told.
std::span<const LiveSize> ContextData::live_sizes(size_t step) {
  live_.clear();
  const plan::Step& of = *steps_[step].step->step;
  int operand = 0;
  for (const std::vector<int>* list : {&of.inputs, &of.outputs})
    for (int t : *list) {
      const std::vector<int>& shape = engine_->shapes[static_cast<size_t>(t)];
      for (size_t d = 0; d < shape.size(); ++d)
        for (const LiveDim& live : engine_->live_dims[static_cast<size_t>(shape[d])]) {
          const int by = counted_on_device_[static_cast<size_t>(live.symbol)];
          if (by < 0 || by == static_cast<int>(step)) continue;
          const auto value = [this](std::string_view name) { return value_of(name); };
          live_.push_back({operand, static_cast<int>(d), extents_of(static_cast<size_t>(by)) + live.place,
                           live.scale.evaluate(value), live.offset.evaluate(value)});
        }
      ++operand;
    }
  return live_;
}

/// Where a step of a device leaves what it counts.
int64_t* ContextData::extents_of(size_t step) const {
  const DeviceRun& run = devices_[static_cast<size_t>(steps_[step].step->step->device)];
  return reinterpret_cast<int64_t*>(run.block.data() + sizeof(FaultRecord)) +
         steps_[step].count_slot * ops::kMostCounts;
}

void ContextData::enqueue(Segment& segment, int index) {
  DeviceRun& run = devices_[static_cast<size_t>(segment.device)];
  for (size_t s = segment.first; s < segment.last; ++s) {
    const ActiveStep& active = steps_[s];
    const plan::Step& step = *active.step->step;
    const std::span<const backends::TensorView> all = views_of(active);
    if (!counts_agree(*active.step)) {
      unequal_ = active.step;
      break;
    }
    if (!active.step->device) {
      const auto bytes = static_cast<size_t>(lathe::bytes_of(all[0].dtype, all[0].elements()));
      if (on_host(step.inputs[0]))
        run.queue->upload(all[1].data, all[0].data, bytes);
      else
        run.queue->download(all[1].data, all[0].data, bytes);
      continue;
    }
    active.step->device->enqueue(
        {all.first(step.inputs.size()), all.subspan(step.inputs.size()), live_sizes(s), active.workspace,
         active.step->symbols.empty() ? nullptr : extents_of(s), reinterpret_cast<FaultRecord*>(run.block.data()),
         active.step - engine_->steps.data(), sizes_of(active)},
        *run.queue);
  }
  run.queue->download(run.copies.data() + static_cast<size_t>(index) * run.bytes(), run.block.data(), run.bytes());
  segment.event = run.queue->record();
  segment.enqueued = true;
}

void ContextData::await(Segment& segment, int index) {
  if (!segment.enqueued || segment.awaited) return;
  DeviceRun& run = devices_[static_cast<size_t>(segment.device)];
  run.queue->wait(segment.event);
  segment.awaited = true;
  adopt(segment, run.copies.data() + static_cast<size_t>(index) * run.bytes());
}

/// Takes over what a device found by the end of a segment.
void ContextData::adopt(const Segment& segment, const std::byte* block) {
  const auto* fault = reinterpret_cast<const FaultRecord*>(block);
  const auto* extents = reinterpret_cast<const int64_t*>(block + sizeof(FaultRecord));
  if (fault->taken != 0 && !fault_.raised()) {
    const PreparedStep& step = engine_->steps.at(static_cast<size_t>(fault->step));
    fault_.set(static_cast<ErrorCode>(fault->code), step.device->explain(fault->problem), fault->a, fault->b);
    faulty_.store(step.step);
  }
  if (fault_.raised()) return;
  bool found = false;
  for (size_t s : devices_[static_cast<size_t>(segment.device)].counters) {
    if (s >= segment.last) break;
    const ActiveStep& active = steps_[s];
    for (size_t i = 0; i < active.step->symbols.size(); ++i) {
      const auto symbol = static_cast<size_t>(active.step->symbols[i]);
      if (counted_on_device_[symbol] != static_cast<int>(s)) continue;
      const int64_t value = extents[active.count_slot * ops::kMostCounts + i];
      if (value < 0 || value > symbols_[symbol])
        fail(ErrorCode::device, active.step->step->name, "report this device's backend", "it counted {} of at most {}",
             value, symbols_[symbol]);
      symbols_[symbol] = value;
      counted_on_device_[symbol] = -1;
      found = true;
    }
  }
  if (!found) return;
  evaluate_dims();
  refresh_views();
}

/// Sizes that the host does not know come whole: there is memory for the largest.
void ContextData::download_outputs() {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    OutputSlot& slot = outputs_[i];
    const auto tensor = static_cast<size_t>(plan_.outputs[i].tensor);
    if (!slot.requested || on_host(static_cast<int>(tensor)) || fault_.raised()) continue;
    devices_[static_cast<size_t>(plan_.tensors[tensor].device)].queue->download(
        place_of(slot), memory_[static_cast<size_t>(engine_->root[tensor])], slot.bytes);
  }
}

void ContextData::finish_devices() {
  for (size_t d = 1; d < devices_.size() && in_flight_; ++d) devices_[d].queue->wait(devices_[d].event);
  for (size_t i = 0; i < segments_.size() && in_flight_; ++i) await(segments_[i], static_cast<int>(i));
  in_flight_ = false;
}

/// Waits, whatever has gone wrong: memory of this context must not be used once it is gone.
void ContextData::drain() noexcept {
  for (size_t d = 1; d < devices_.size() && in_flight_; ++d) try {
      if (devices_[d].queue) devices_[d].queue->wait(devices_[d].queue->record());
    } catch (...) {
      devices_[d].own.reset();  // a failure stays with its queue
    }
  in_flight_ = false;
}

}  // namespace lathe::runtime
