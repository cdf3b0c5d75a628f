#include "api/blocks.h"

#include <algorithm>

#include "base/error.h"
#include "ops/cast.h"

namespace lathe::api {

BlockScope::BlockScope(DataPtr data, std::string_view name)
    : data_(std::move(data)), place_(data_->open.size()), network_(std::make_shared<ir::Network>()) {
  network_->name = name;
  network_->become_block();
  data_->open.push_back({++data_->last_block, network_, {}});
}

void BlockScope::close() {
  if (!open_) return;
  open_ = false;
  closed_ = std::move(data_->open[place_]);
  data_->open.resize(place_);
}

const std::vector<OpenBlock::Capture>& BlockScope::captures() const {
  return open_ ? data_->open[place_].captures : closed_.captures;
}

Tensor BlockScope::input(std::string_view name, const ops::TensorType& type) {
  const ir::ValueId value = network_->add_input(name, type);
  return Access::tensor(data_, data_->open[place_].number, value);
}

void BlockScope::capture(const ir::Network& around, ir::ValueId outside) {
  std::vector<OpenBlock::Capture>& list = open_ ? data_->open[place_].captures : closed_.captures;
  if (std::any_of(list.begin(), list.end(), [&](const OpenBlock::Capture& c) { return c.outside == outside; })) return;
  const ir::Value& value = around.value(outside);
  list.push_back({outside, network_->add_input(value.name, value.type)});
}

void BlockScope::output(const Tensor& tensor) {
  Adder n("result", {tensor});
  if (n.data() != data_)
    fail(ErrorCode::invalid_argument, network_->name, "give what its function made, or a tensor of the network around",
         "{} is a tensor of another network", tensor.name());
  ir::ValueId value = n.in(tensor);
  if (network_->value(value).producer == ir::kNone) value = n.add(ops::Cast{n.dtype(value)}, {value});
  network_->mark_output(fmt::format("result.{}", network_->outputs.size()), value);
}

}  // namespace lathe::api
