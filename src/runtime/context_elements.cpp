// Elements of inputs that are sizes: read before the sizes of a run are found, compared with those of the run before,
// and what follows from them.
#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/whole_numbers.h"
#include "runtime/context_data.h"

namespace lathe::runtime {
namespace {

/// As far as sizes go: further ones are taken as those.
constexpr int64_t kMost = int64_t{1} << 62;

}  // namespace

/// Whether the bound tensor has the elements; its shape is checked with all others.
bool ContextData::read_elements(size_t port, int64_t* to) const {
  const ConstTensorRef& user = inputs_[port].user;
  const size_t count = plan_.inputs[port].elements.size();
  if (!inputs_[port].bound || user.shape.count() != static_cast<int64_t>(count)) return false;
  std::array<int64_t, ops::kMostElements> rows;  // of no wider type
  const void* from = user.data;
  if (user.strides.rank() > 0) {
    gather_input(port, reinterpret_cast<std::byte*>(rows.data()));
    from = rows.data();
  }
  if (user.dtype == DType::i64) {
    std::memcpy(to, from, count * sizeof(int64_t));
  } else {
    std::array<int32_t, ops::kMostElements> narrow{};
    to_i32(plan_.inputs[port].name, user.dtype, user.shape, from, narrow.data());
    std::copy_n(narrow.begin(), count, to);
  }
  for (size_t i = 0; i < count; ++i) to[i] = std::clamp(to[i], -kMost, kMost);
  return true;
}

/// The memory that is bound may hold other numbers than in the last run.
bool ContextData::elements_changed() {
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (!plan_.inputs[i].elements.empty()) read_elements(i, elements_now_.data() + engine_->first_element[i]);
  return elements_now_ != elements_;
}

/// Like dimensions, each says what a symbol is.
void ContextData::bind_elements() {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const std::vector<Dim>& names = plan_.inputs[i].elements;
    int64_t* values = elements_.data() + engine_->first_element[i];
    if (names.empty() || !read_elements(i, values)) continue;
    for (size_t e = 0; e < names.size(); ++e) solve_symbol(names[e], values[e]);
  }
  elements_now_ = elements_;
}

/// What is computed from them, where all of them are bound.
void ContextData::define_sizes() {
  for (const plan::Definition& d : plan_.definitions) {
    bool known = true;
    const auto value_in = [&](std::string_view name) {
      known = known && symbols_[static_cast<size_t>(engine_->symbol(name))] != kUnknown;
      return value_of(name);
    };
    const int64_t value = d.value.evaluate(value_in);
    if (!known) continue;
    if (value < 0)
      fail(ErrorCode::out_of_range, d.by, "give other sizes", "its size {} is {} here", d.size.str(), value);
    const int lone = engine_->symbol(d.size.symbol_name());
    if (lone >= 0 && symbols_[static_cast<size_t>(lone)] == kUnknown) symbols_[static_cast<size_t>(lone)] = value;
    if (const int64_t size = d.size.evaluate(value_in); known && size != value)
      fail(ErrorCode::shape_mismatch, d.by, "give other sizes", "its size {} is {} here, and must be {}", d.size.str(),
           value, size);
  }
}

/// All that is bound agrees with the elements.
void ContextData::check_elements() const {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].bound) continue;
    const plan::Port& port = plan_.inputs[i];
    for (size_t e = 0; e < port.elements.size(); ++e) {
      const int64_t value = elements_[engine_->first_element[i] + e];
      const int64_t expected = port.elements[e].evaluate([this](std::string_view name) { return value_of(name); });
      if (value == expected) continue;
      const std::string where = element_name(port.name, inputs_[i].user.shape, static_cast<int64_t>(e));
      if (value < 0) fail(ErrorCode::out_of_range, where, "give a number from 0", "a size is {}", value);
      fail(ErrorCode::shape_mismatch, where, "give sizes that agree", "{} does not fit {}, which is {} here", value,
           port.elements[e].str(), expected);
    }
  }
}

/// Sizes that the run needs are said by what is bound.
void ContextData::need_elements() const {
  std::set<std::string, std::less<>> unknown;
  for (size_t s = 0; s < symbols_.size(); ++s)
    if (symbols_[s] == kUnknown) unknown.insert(engine_->symbols[s]);
  if (unknown.empty()) return;
  const auto is_unknown = [&](const Dim& d) {
    const std::vector<std::string> names = d.symbols();
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return unknown.contains(name); });
  };
  bool missing = false;
  for (size_t t = 0; t < needed_.size(); ++t)
    if (const std::vector<Dim>& shape = plan_.tensors[t].type.shape; needed_[t])
      missing = missing || std::any_of(shape.begin(), shape.end(), is_unknown);
  const auto look = [&](const plan::Step& step) {
    const std::vector<Dim> dims = step.op.dims();
    missing = missing || std::any_of(dims.begin(), dims.end(), is_unknown);
  };
  for (size_t s = 0; s < now_.active.size(); ++s) {
    if (!now_.active[s]) continue;
    look(plan_.steps[s]);
    for (const plan::Block& block : plan_.steps[s].blocks) plan::for_each_step(block.steps, look);
  }
  for (size_t i = 0; missing && i < inputs_.size(); ++i)
    if (!inputs_[i].bound && !plan_.inputs[i].elements.empty())
      fail(ErrorCode::invalid_argument, plan_.inputs[i].name, "bind it with set_input()",
           "this input is missing; sizes follow from its elements");
}

}  // namespace lathe::runtime
