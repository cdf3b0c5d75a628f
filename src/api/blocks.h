#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "api/adder.h"

namespace lathe::api {

/// Opens a block of the network for as long as it lives: what is added meanwhile goes there.
class BlockScope {
 public:
  BlockScope(DataPtr data, std::string_view name);
  ~BlockScope() { close(); }
  BlockScope(const BlockScope&) = delete;
  BlockScope& operator=(const BlockScope&) = delete;

  /// Adds an input that is not read from outside. Only before the first capture.
  Tensor input(std::string_view name, const ops::TensorType& type);
  /// Has an input for a value of the network around it.
  void capture(const ir::Network& around, ir::ValueId outside);
  /// An output of the block, made by a node of it.
  void output(const Tensor& tensor);
  const ops::TensorType& type(size_t output) const { return network_->value(network_->outputs[output].value).type; }
  const std::vector<OpenBlock::Capture>& captures() const;
  const std::shared_ptr<ir::Network>& network() const { return network_; }
  /// From now on what is added goes around it.
  void close();

 private:
  DataPtr data_;
  size_t place_;
  std::shared_ptr<ir::Network> network_;
  OpenBlock closed_;
  bool open_ = true;
};

}  // namespace lathe::api
