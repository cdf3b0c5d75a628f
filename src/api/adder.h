#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.h"
#include "ir/compose/composer.h"

namespace lathe::api {

/// Adds the ops of one public function where its operands are: to their network or, while a function of a branch or
/// loop runs, to that block, which then reads them from outside.
class Adder : public ir::Composer {
 public:
  /// `label` names the nodes, "label:number". Error(invalid_argument) for operands of several networks; those that
  /// stand for no tensor are passed over.
  Adder(std::string_view label, std::initializer_list<Tensor> operands);
  Adder(std::string_view label, std::span<const Tensor> operands);
  Adder(std::string_view label, DataPtr data);

  ir::Network& network() const override { return Access::at(*data_, depth_); }
  std::vector<ir::ValueId> add_all(ops::Op op, std::vector<ir::ValueId> inputs) override;
  std::vector<ir::ValueId> add_all(ops::Op op, std::vector<ir::ValueId> inputs,
                                   std::vector<std::shared_ptr<const ir::Network>> blocks);
  ir::ValueId add(ops::Op op, std::vector<ir::ValueId> inputs) override { return add_all(std::move(op), inputs).at(0); }
  ir::ValueId constant(HostTensor tensor) override;
  ir::ValueId scalar(double number, DType type) override;
  /// Error(invalid_argument).
  [[noreturn]] void invalid(std::string_view problem, std::string_view cure = {}) const;

  /// The value of an operand here; Error(invalid_argument) for no tensor.
  ir::ValueId in(const Tensor& tensor);
  std::vector<ir::ValueId> in(std::span<const Tensor> tensors);
  Tensor out(ir::ValueId value) const;
  std::vector<Tensor> out(const std::vector<ir::ValueId>& values) const;
  /// An axis in [0, rank): Error(invalid_argument).
  int64_t axis_of(int64_t axis, int64_t rank) const;
  /// Sizes with -1 where no number is known: the elements of a tensor of whole numbers. Error(unsupported).
  std::vector<Dim> sizes_in(const Tensor& tensor, std::string_view what);
  const DataPtr& data() const { return data_; }
  const std::string& label() const { return label_; }

 private:
  /// Error(shape_mismatch).
  Error contradiction(std::string_view problem) const override;
  void take_network(std::span<const Tensor> operands);
  /// The depth of the innermost block that is open.
  void enter() { depth_ = data_->open.size(); }
  std::string label_;
  DataPtr data_;
  size_t depth_ = 0;
};

}  // namespace lathe::api
