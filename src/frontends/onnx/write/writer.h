#pragma once
#include <string>

#include "frontends/onnx/write/proto.h"
#include "ir/network.h"

namespace lathe::onnx {

struct WriteOptions {
  /// Constants go into FILE.data beside the file. They do in any case where it would be too large for a message.
  bool external_data = false;
};

/// A network as an ONNX file (https://onnx.ai, opset 21 where its ops need none later): inputs, outputs and values keep
/// their names, sizes are dim_params, constants initializers, blocks graphs of their nodes. An op is written as the op
/// of ONNX that does the same; one that ONNX lacks as the call of a local function of domain "lathe", whose body is its
/// spelling in simpler ops. Outputs on demand and entries are left out: a file has none.
///   Error(unsupported)  an op without a spelling: node, op and types are named
///   Error(io)           what the system refuses; nothing is half written, and what was there stays
void write_onnx(const ir::Network& network, const std::string& path, const WriteOptions& options = {});

/// The message that is written, without external data; views are of the network's bytes.
proto::Model model_of(const ir::Network& network);

}  // namespace lathe::onnx
