#include "api/adder.h"

#include "base/error.h"
#include "compiler/reference_evaluator.h"
#include "ir/fold.h"
#include "ops/cast.h"

namespace lathe::api {

using ir::ValueId;

Adder::Adder(std::string_view label, std::initializer_list<Tensor> operands) : label_(label) {
  take_network({operands.begin(), operands.size()});
}
Adder::Adder(std::string_view label, std::span<const Tensor> operands) : label_(label) { take_network(operands); }
Adder::Adder(std::string_view label, DataPtr data) : label_(label), data_(std::move(data)) { enter(); }

void Adder::take_network(std::span<const Tensor> operands) {
  const Tensor* first = nullptr;
  for (const Tensor& operand : operands) {
    if (!operand) continue;
    const DataPtr own = Access::data(operand);
    if (data_ && own != data_)
      fail(ErrorCode::invalid_argument, label_,
           "make all operands in one network; a copy of a network has tensors of its own: tensor(name)",
           "its operands are tensors of different networks: {} of {}, {} of {}", first->name(), data_->network.name,
           operand.name(), own->network.name);
    if (!data_) first = &operand;
    data_ = own;
  }
  if (!data_)
    fail(ErrorCode::invalid_argument, label_, "give a tensor that a network has made", "its operand is no tensor");
  enter();
}

std::vector<ValueId> Adder::add_all(ops::Op op, std::vector<ValueId> inputs) {
  return add_all(std::move(op), std::move(inputs), {});
}

std::vector<ValueId> Adder::add_all(ops::Op op, std::vector<ValueId> inputs,
                                    std::vector<std::shared_ptr<const ir::Network>> blocks) {
  return network().add(std::move(op), std::move(inputs), fmt::format("{}:{}", label_, network().node_count()), {},
                       std::move(blocks));
}

ValueId Adder::constant(HostTensor tensor) {
  const std::string base = tensor.name.empty() ? label_ + ":constant" : tensor.name;
  return network().add_constant(base, {tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}},
                                {tensor.data, nullptr});
}

ValueId Adder::scalar(double number, DType type) {
  const ir::ConstantTensor wide{{DType::f64, {}}, Blob::copy_of(&number, sizeof number)};
  const ir::ConstantTensor narrow =
      type == DType::f64 ? wide : compiler::reference_evaluator().evaluate(ops::Cast{type}, {&wide, 1}).at(0);
  const std::string name = fmt::format("number:{}", number);
  return network().add_constant(name, narrow.type, {narrow.data, nullptr});
}

Error Adder::contradiction(std::string_view problem) const { return Error(ErrorCode::shape_mismatch, label_, problem); }

void Adder::invalid(std::string_view problem, std::string_view cure) const {
  throw Error(ErrorCode::invalid_argument, label_, problem, cure);
}

/// Through each block around the innermost one, which reads it from the one outside.
ValueId Adder::in(const Tensor& tensor) {
  if (!tensor) invalid("an operand that it needs is no tensor", "give a tensor that a network has made");
  const Place place = place_of(tensor);
  ValueId value = place.id;
  const ir::Network* around = &place.network;
  for (size_t d = Access::depth(*data_, Access::block(tensor), label_) + 1; d <= depth_; ++d) {
    OpenBlock& block = data_->open[d - 1];
    ValueId inside = ir::kNone;
    for (const OpenBlock::Capture& known : block.captures)
      if (known.outside == value) inside = known.inside;
    if (inside == ir::kNone) {
      const ir::Value& outside = around->value(value);
      inside = block.network->add_input(outside.name, outside.type);
      if (outside.producer == ir::kNone && !outside.constant && outside.elements)
        block.network->name_elements(inside, *outside.elements);
      block.captures.push_back({value, inside});
    }
    value = inside;
    around = block.network.get();
  }
  return value;
}

std::vector<ValueId> Adder::in(std::span<const Tensor> tensors) {
  std::vector<ValueId> values;
  for (const Tensor& tensor : tensors) values.push_back(in(tensor));
  return values;
}

Tensor Adder::out(ValueId value) const {
  return Access::tensor(data_, depth_ == 0 ? 0 : data_->open[depth_ - 1].number, value);
}

std::vector<Tensor> Adder::out(const std::vector<ValueId>& values) const {
  std::vector<Tensor> tensors;
  for (ValueId value : values) tensors.push_back(out(value));
  return tensors;
}

int64_t Adder::axis_of(int64_t axis, int64_t rank) const {
  if (axis < -rank || axis >= rank)
    fail(ErrorCode::invalid_argument, label_, fmt::format("give one of -{0} to {0} - 1", rank),
         "axis {} is none of a tensor with {} dimensions", axis, rank);
  return axis < 0 ? axis + rank : axis;
}

std::vector<Dim> Adder::sizes_in(const Tensor& tensor, std::string_view what) {
  const Place place = place_of(tensor);
  const ops::Elements known = place.network.elements(place.id);
  std::vector<Dim> sizes;
  for (size_t i = 0; known && i < known->size() && (*known)[i]; ++i) sizes.push_back(*(*known)[i]);
  if (!known || sizes.size() != known->size())
    fail(ErrorCode::unsupported, label_, "make them of constants and shapes",
         "its {} are numbers of {} that only a run knows", what, place.value().name);
  if (&place.network == &data_->network) data_->size_sources.insert(place.id);
  return sizes;
}

}  // namespace lathe::api
