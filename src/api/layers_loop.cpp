#include <algorithm>
#include <numeric>

#include "api/blocks.h"
#include "base/error.h"
#include "base/number.h"
#include "lathe/layers/control.h"
#include "ops/gather.h"
#include "ops/loop.h"
#include "ops/slice.h"

namespace lathe {

using api::Adder;
using ir::ValueId;

namespace api {

/// A loop while its function runs.
class LoopData {
 public:
  LoopData(Adder& outside, const std::vector<Tensor>& states);
  LoopResult run(const std::function<void(Iteration&)>& body, const LoopOptions& options);

  const Tensor& index() const { return index_; }
  const Tensor& state(size_t i) const;
  Tensor item(const Tensor& x, int axis, bool reversed);
  void next(size_t i, const Tensor& value);
  size_t stack(const Tensor& value, int axis, bool reversed);

 private:
  struct Stacked {
    Tensor value;
    int64_t axis;
    bool reversed;
  };
  void find_length(const LoopOptions& options);
  std::vector<ValueId> inputs(const LoopOptions& options, const Tensor& begins);
  Tensor oriented(ValueId rows, const Stacked& stacked, bool whole);

  Adder& n_;
  std::vector<Tensor> initial_;
  BlockScope block_;
  Tensor index_;
  std::vector<Tensor> states_, next_;
  std::vector<Stacked> stacked_;
  std::optional<Dim> items_, length_;  ///< of the shortest item; of the loop, as far as its count says
};

LoopData::LoopData(Adder& outside, const std::vector<Tensor>& states)
    : n_(outside), initial_(states), block_(outside.data(), "body") {
  index_ = block_.input("iteration", {DType::i64, {}});
  for (const Tensor& state : states) states_.push_back(block_.input(state.name(), n_.type(n_.in(state))));
  next_ = states_;
}

const Tensor& LoopData::state(size_t i) const {
  if (i >= states_.size()) n_.invalid(fmt::format("it has {} states, none is {}", states_.size(), i));
  return states_[i];
}

Tensor LoopData::item(const Tensor& x, int axis, bool reversed) {
  Adder inside("item", {index_, x});
  const ValueId whole = inside.in(x);
  const int64_t along = inside.axis_of(axis, inside.rank(whole));
  const Dim length = inside.shape(whole)[static_cast<size_t>(along)];
  items_ = items_ ? Dim::min(*items_, length) : length;
  ValueId place = inside.in(index_);
  if (reversed) {
    const Tensor last = n_.out(n_.size(length - Dim(1)));
    place = inside.binary(ops::BinaryKind::sub, inside.in(last), place);
  }
  return inside.out(inside.add(ops::Gather{.axis = along}, {whole, place}));
}

void LoopData::next(size_t i, const Tensor& value) {
  if (value.str() != state(i).str())
    n_.corrupt(fmt::format("state {} is {}, its next one {}", i, state(i).str(), value.str()));
  next_[i] = value;
}

size_t LoopData::stack(const Tensor& value, int axis, bool reversed) {
  stacked_.push_back({value, n_.axis_of(axis, value.rank() + 1), reversed});
  return stacked_.size() - 1;
}

/// The count, where it is known now.
void LoopData::find_length(const LoopOptions& options) {
  if (!options.count) {
    length_ = items_;
    if (!items_ && !options.condition)
      n_.invalid("nothing ends it", "give a count, a condition, or take items of a tensor");
    return;
  }
  const Place place = place_of(options.count);
  const ops::Elements known = place.network.elements(place.id);
  if (known && known->size() == 1 && (*known)[0] && !has_numbers(*(*known)[0]))
    length_ = (*known)[0]->is_constant() ? Dim::max(*(*known)[0], Dim(0)) : *(*known)[0];
}

std::vector<ValueId> LoopData::inputs(const LoopOptions& options, const Tensor& begins) {
  ValueId trips;
  if (options.count)
    trips = n_.cast(n_.reshape(n_.in(options.count), {}), DType::i64);
  else
    trips = length_ ? n_.size(*length_) : n_.scalar(static_cast<double>(options.most), DType::i64);
  const ValueId flag = begins ? n_.cast(n_.reshape(n_.in(begins), {}), DType::boolean) : n_.scalar(1, DType::boolean);
  std::vector<ValueId> list = {trips, flag};
  for (const Tensor& state : initial_) list.push_back(n_.in(state));
  for (const OpenBlock::Capture& capture : block_.captures()) list.push_back(capture.outside);
  return list;
}

/// Rows [iterations, ..] along the axis that is asked for; `whole`: they are as many as the length says.
Tensor LoopData::oriented(ValueId rows, const Stacked& stacked, bool whole) {
  std::vector<Dim> shape = n_.shape(rows);
  if (whole) {
    shape[0] = *length_;
    rows = n_.reshape(rows, shape);
  }
  if (stacked.reversed) {
    ops::Slice op;
    op.start.assign(shape.size(), Dim(0));
    op.size = shape;
    op.stride.assign(shape.size(), 1);
    op.start[0] = shape[0] - Dim(1);
    op.stride[0] = -1;
    rows = n_.add(op, {rows});
  }
  std::vector<int64_t> perm(shape.size());
  std::iota(perm.begin(), perm.end(), int64_t{0});
  std::rotate(perm.begin(), perm.begin() + 1, perm.begin() + stacked.axis + 1);
  return n_.out(n_.transpose(rows, perm));
}

LoopResult LoopData::run(const std::function<void(Iteration&)>& body, const LoopOptions& options) {
  Iteration iteration(*this);
  body(iteration);
  Tensor goes_on;
  {
    Adder inside("going", {index_});
    goes_on = options.condition ? options.condition(next_) : inside.out(inside.scalar(1, DType::boolean));
    Adder flag("going", {index_, goes_on});
    block_.output(flag.out(flag.cast(flag.reshape(flag.in(goes_on), {}), DType::boolean)));
  }
  for (const Tensor& value : next_) block_.output(value);
  for (const Stacked& stacked : stacked_) block_.output(stacked.value);
  block_.close();
  if (initial_.empty() && stacked_.empty()) n_.invalid("it has neither states nor anything that it stacks");
  const Tensor begins = options.condition ? options.condition(initial_) : Tensor();
  find_length(options);
  ops::Loop op;
  op.carried = static_cast<int64_t>(states_.size());
  op.symbol = n_.network().unique_symbol("iterations");
  op.most = {length_ ? *length_ : Dim(options.most)};
  for (size_t i = 1; i < block_.network()->outputs.size(); ++i) {
    ops::TensorType type = block_.type(i);
    if (i > states_.size()) type.shape.insert(type.shape.begin(), Dim::symbol(op.symbol));
    op.results.push_back(std::move(type));
  }
  const std::vector<ValueId> made = n_.add_all(op, inputs(options, begins), {block_.network()});
  LoopResult result;
  for (size_t i = 0; i < states_.size(); ++i) result.last.push_back(n_.out(made[i]));
  for (size_t i = 0; i < stacked_.size(); ++i)
    result.stacked.push_back(oriented(made[states_.size() + i], stacked_[i], length_ && !options.condition));
  return result;
}

}  // namespace api

const Tensor& Iteration::index() const { return data_.index(); }
const Tensor& Iteration::state(size_t i) const { return data_.state(i); }
Tensor Iteration::item(const Tensor& x, int axis, bool reversed) { return data_.item(x, axis, reversed); }
void Iteration::next(size_t i, const Tensor& value) { data_.next(i, value); }
size_t Iteration::stack(const Tensor& value, int axis, bool reversed) { return data_.stack(value, axis, reversed); }

LoopResult loop(const std::vector<Tensor>& states, const std::function<void(Iteration&)>& body,
                const LoopOptions& options) {
  std::vector<Tensor> operands = states;
  operands.push_back(options.count);
  Adder n("loop", operands);
  api::LoopData data(n, states);
  return data.run(body, options);
}

}  // namespace lathe
