#pragma once
#include <string>
#include <vector>

#include "ir/network.h"
#include "ops/expander.h"

namespace lathe::ir {

/// Spells ops in a network. Nodes that it adds have the origins of `like` and names after it: NAME.OP.
class NetworkExpander : public ops::Expander {
 public:
  NetworkExpander(Network& network, const Node& like);
  Value add(ops::Op op, std::vector<Value> inputs) override;
  Value scalar(double number, DType type) override;
  ops::TensorType type(Value value) const override { return network_.value(value).type; }
  /// The nodes added, in order.
  const std::vector<NodeId>& nodes() const { return nodes_; }

 private:
  Network& network_;
  std::string name_;
  std::vector<std::string> origins_;
  std::vector<NodeId> nodes_;
};

/// A number as one element of a type: any float, i32, i64 or bool. Error(unsupported) for others.
Blob number_bytes(double number, DType type);

/// A scalar constant [] of any float or integer type, whose recipe is the number.
ValueId add_number(Network& network, double number, DType type);

}  // namespace lathe::ir
