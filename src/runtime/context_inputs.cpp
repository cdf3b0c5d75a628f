// What steps read of the caller's inputs: converted, filled in, and checked before each run.
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/whole_numbers.h"
#include "ops/copy.h"
#include "ops/gather.h"
#include "runtime/context_data.h"

namespace lathe::runtime {

void ContextData::convert_input(size_t port) {
  InputSlot& slot = inputs_[port];
  const plan::Port& p = plan_.inputs[port];
  const void* data = slot.user.data;
  if (slot.strided) {
    const bool as_it_is = slot.user.dtype == tensor_of(port).type.dtype;
    std::byte* rows = as_it_is ? slot.memory.data() : slot.rows.data();
    gather_input(port, rows);
    data = rows;
    if (as_it_is && p.role.role == Role::mask)
      check_mask(p.name, slot.user.shape, reinterpret_cast<const int32_t*>(rows));
    if (as_it_is) return;
  }
  const auto convert = p.role.role == Role::mask ? mask_to_i32 : to_i32;
  convert(p.name, slot.user.dtype, slot.user.shape, data, reinterpret_cast<int32_t*>(slot.memory.data()));
}

/// The elements of a strided input, row-major.
void ContextData::gather_input(size_t port, std::byte* to) const {
  const ConstTensorRef& user = inputs_[port].user;
  const auto size = static_cast<int64_t>(size_of(user.dtype));
  const auto* from = static_cast<const std::byte*>(user.data);
  const int rank = user.shape.rank();
  Shape at;
  for (int d = 0; d < rank; ++d) at.push_back(0);
  for (int64_t i = 0, offset = 0; i < user.shape.count(); ++i) {
    std::memcpy(to + i * size, from + offset * size, static_cast<size_t>(size));
    for (int d = rank - 1; d >= 0; --d) {
      offset += user.strides[d];
      if (++at[d] < user.shape[d]) break;
      offset -= user.strides[d] * user.shape[d];
      at[d] = 0;
    }
  }
}

void ContextData::fill_default(size_t port) {
  const plan::Port& p = plan_.inputs[port];
  auto* out = reinterpret_cast<int32_t*>(inputs_[port].memory.data());
  Shape shape = shape_of(p.tensor);
  int64_t count = shape.count(), width = shape.rank() == 0 ? 1 : shape[-1];
  if (p.absent == ops::InputDefault::positions)
    for (int64_t i = 0; i < count; ++i) out[i] = static_cast<int32_t>(i % width);
  else
    std::fill_n(out, count, p.absent == ops::InputDefault::ones ? 1 : 0);
}

/// Of packed tokens: within each sequence. The bounds were checked against the number of tokens.
void ContextData::fill_positions(size_t port) {
  const auto from = static_cast<size_t>(engine_->positions_from[port]);
  auto* out = reinterpret_cast<int32_t*>(inputs_[port].memory.data());
  const auto* bounds = reinterpret_cast<const int32_t*>(inputs_[from].memory.data());
  const int64_t sequences = shape_of(plan_.inputs[from].tensor)[0] - 1;
  for (int64_t s = 0; s < sequences; ++s)
    for (int32_t i = bounds[s]; i < bounds[s + 1]; ++i) out[i] = i - bounds[s];
}

void ContextData::check_sequences(const BoundsPort& port) const {
  const plan::Port& named = plan_.inputs[port.port];
  const auto* bounds = reinterpret_cast<const int32_t*>(inputs_[port.port].memory.data());
  const int64_t count = shape_of(named.tensor)[0];
  bool rises = count >= 1 && bounds[0] == 0;
  for (int64_t i = 0; rises && i + 1 < count; ++i) rises = bounds[i] <= bounds[i + 1];
  if (!rises && port.rows.empty())
    fail(ErrorCode::invalid_argument, named.name, "give [0, n1, n1 + n2, ...]", "it must rise from 0");
  for (int d : port.rows)
    if (const int64_t tokens = dim_values_[static_cast<size_t>(d)]; !rises || bounds[count - 1] != tokens)
      fail(ErrorCode::invalid_argument, named.name, "give [0, n1, n1 + n2, ..., tokens]",
           "it must rise from 0 to the number of tokens, {}", tokens);
  for (int64_t i = 0; port.longest > 0 && i + 1 < count; ++i)
    if (bounds[i + 1] - bounds[i] > port.longest)
      fail(ErrorCode::out_of_range, named.name, "cut the text, or build with a larger maximum",
           "sequence {} has {} tokens, the model takes {}", i, bounds[i + 1] - bounds[i], port.longest);
}

/// The bound input whose numbers these are, seen through views, copies and choices of rows; -1: none.
int ContextData::source_port(int tensor) const {
  while (true) {
    const auto root = static_cast<size_t>(engine_->root[static_cast<size_t>(tensor)]);
    if (const int port = engine_->port_of[root]; port >= 0 && inputs_[static_cast<size_t>(port)].needed)
      return inputs_[static_cast<size_t>(port)].bound ? port : -1;
    const int step = engine_->producer[root];
    if (step < 0) return -1;
    const ops::Op& op = plan_.steps[static_cast<size_t>(step)].op;
    if (!op.is<ops::Gather>() && !op.is<ops::Copy>()) return -1;
    tensor = plan_.steps[static_cast<size_t>(step)].inputs[0];
  }
}

/// Error(out_of_range) names the first number of an input that is outside [0, rows). Tokens that a mask hides are
/// looked at last: most plans never read their ids.
void ContextData::check_ids(int ids, int64_t rows) const {
  const int source = source_port(ids);
  if (source < 0) return;
  const auto as_read = [this](size_t port) {
    const InputSlot& slot = inputs_[port];
    return static_cast<const int32_t*>(slot.own ? static_cast<const void*>(slot.memory.data()) : slot.user.data);
  };
  const auto port = static_cast<size_t>(source);
  if (tensor_of(port).type.dtype != DType::i32 || !tensor_of(port).format.is_dense()) return;
  const Shape& shape = inputs_[port].user.shape;
  const int32_t *values = as_read(port), *mask = nullptr;
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (plan_.inputs[i].role.role == Role::mask && inputs_[i].bound && inputs_[i].needed &&
        inputs_[i].user.shape == shape)
      mask = as_read(i);
  for (const bool hidden : {false, true})
    for (int64_t i = 0; i < shape.count(); ++i)
      if ((values[i] < 0 || values[i] >= rows) && hidden == (mask != nullptr && mask[i] == 0))
        fail(ErrorCode::out_of_range, element_name(plan_.inputs[port].name, shape, i),
             fmt::format("give ids from 0 to {}", rows - 1), "{} is outside its table of {} rows", values[i], rows);
}

/// A tensor that callers own lies elsewhere than before.
void ContextData::rebind(int tensor, const void* data) {
  memory_[static_cast<size_t>(tensor)] = const_cast<void*>(data);
  for (size_t v = 0; v < views_.size(); ++v)
    if (engine_->root[static_cast<size_t>(view_tensors_[v])] == tensor) views_[v] = view_of(view_tensors_[v]);
}

void ContextData::rebind_outputs() {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    OutputSlot& slot = outputs_[i];
    const int root = engine_->root[static_cast<size_t>(plan_.outputs[i].tensor)];
    if (slot.requested && slot.direct && memory_[static_cast<size_t>(root)] != place_of(slot))
      rebind(root, place_of(slot));
  }
}

void ContextData::fill_inputs() {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    InputSlot& slot = inputs_[i];
    if (!slot.needed) continue;
    auto t = static_cast<size_t>(plan_.inputs[i].tensor);
    if (slot.filled) {
      if (engine_->positions_from[i] < 0) fill_default(i);
    } else if (slot.own) {
      convert_input(i);
    } else if (on_host(plan_.inputs[i].tensor) &&
               memory_[t] != slot.user.data) {  // only the pointer changed since prepare()
      rebind(plan_.inputs[i].tensor, slot.user.data);
    }
    if (!slot.filled && !slot.own && plan_.inputs[i].role.role == Role::mask)
      check_mask(plan_.inputs[i].name, slot.user.shape, static_cast<const int32_t*>(slot.user.data));
  }
  for (const BoundsPort& bounds : engine_->bounds_ports)
    if (inputs_[bounds.port].needed) check_sequences(bounds);
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].needed && inputs_[i].filled && engine_->positions_from[i] >= 0) fill_positions(i);
}

}  // namespace lathe::runtime
