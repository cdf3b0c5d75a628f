// What changes with the bound shapes: symbols, sizes, the steps that are needed, and where each tensor lies.
#include <algorithm>

#include "base/error.h"
#include "runtime/context_data.h"

namespace lathe::runtime {

using plan::Storage;

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

}  // namespace lathe::runtime
