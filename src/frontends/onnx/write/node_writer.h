#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "frontends/onnx/write/network_writer.h"

namespace lathe::onnx {

/// One node of a network, as the function sees it that spells its op in ONNX's.
class NodeWriter {
 public:
  NodeWriter(NetworkWriter& writer, const ir::Node& node) : writer_(writer), node_(node) {}

  const ir::Node& node() const { return node_; }
  template <class T>
  const T& op() const {
    return *node_.op.as<T>();
  }
  NetworkWriter& writer() const { return writer_; }
  Body& body() const { return writer_.body(); }

  size_t inputs() const { return node_.inputs.size(); }
  std::string in(size_t i) const { return writer_.name(node_.inputs.at(i)); }
  Values all_inputs() const;
  const ops::TensorType& type(size_t i = 0) const { return value(node_.inputs.at(i)).type; }
  const ops::TensorType& out(size_t i = 0) const { return value(node_.outputs.at(i)).type; }
  int64_t rank(size_t i = 0) const { return type(i).rank(); }
  /// The elements of an input that is a constant; none: it is none.
  const ir::Constant* constant(size_t i) const;
  const ir::Node* producer(size_t i) const { return writer_.network().producer(node_.inputs.at(i)); }

  // Nodes, as those of Body.
  std::string emit(std::string_view op, Values inputs, std::vector<proto::Attribute> attributes = {}) const {
    return body().emit(op, std::move(inputs), std::move(attributes));
  }
  /// The op on all inputs, with as many outputs as the node.
  Values same(std::string_view op, std::vector<proto::Attribute> attributes = {}) const {
    return body().emit_all(op, all_inputs(), std::move(attributes), node_.outputs.size());
  }
  std::string cast(const std::string& x, DType from, DType to) const;
  std::string reshape(const std::string& x, const std::vector<int64_t>& shape) const;
  std::string transpose(const std::string& x, std::vector<int64_t> perm) const;
  std::string number(double value, DType type) const { return body().number(value, type); }
  std::string integers(const std::vector<int64_t>& values) const { return body().integers(values); }

  /// Error(unsupported) naming the node and its op.
  [[noreturn]] void refuse(std::string_view problem, std::string_view cure) const;

 private:
  const ir::Value& value(ir::ValueId id) const { return writer_.network().value(id); }

  NetworkWriter& writer_;
  const ir::Node& node_;
};

/// The number of an element type in attributes.
int64_t number_of(DType type);
/// The inverse of a permutation.
std::vector<int64_t> inverse(const std::vector<int64_t>& perm);

}  // namespace lathe::onnx
