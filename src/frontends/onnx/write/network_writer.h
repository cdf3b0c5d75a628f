#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "frontends/onnx/write/body.h"
#include "ir/network.h"

namespace lathe::onnx {

/// Writes a network's nodes into a body: the file's own, a block, or the spelling of an op.
class NetworkWriter {
 public:
  NetworkWriter(Body& body, const ir::Network& network) : body_(body), network_(network) {}

  Body& body() const { return body_; }
  const ir::Network& network() const { return network_; }
  /// What an input is called; sizes are read off it.
  void bind_input(ir::ValueId id, std::string name);
  /// What the value of a node is to be called where that can be had: an output.
  void prefer(ir::ValueId id, std::string name) { preferred_.try_emplace(id, std::move(name)); }
  /// All nodes. Error(unsupported) naming one that has no spelling.
  void write();
  /// The name of an input, a constant, or what was written.
  std::string name(ir::ValueId id);
  /// The value under this very name, made by a node of the body.
  void write_output(ir::ValueId id, const std::string& name);
  /// The value as what the body's graph gives: made by one of its nodes, and no other output.
  std::string own_name(ir::ValueId id, const Values& taken);

 private:
  void write_node(const ir::Node& node);
  void bind_results(const ir::Node& node, size_t first, const Values& results);

  Body& body_;
  const ir::Network& network_;
  std::map<ir::ValueId, std::string> names_, preferred_;
};

/// Type and shape of a value in a file.
proto::Port port_of(std::string_view name, const ops::TensorType& type);

}  // namespace lathe::onnx
