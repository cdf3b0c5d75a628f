#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "frontends/onnx/write/proto.h"
#include "ir/network.h"

namespace lathe::onnx {

/// Names of values, each given once. Graphs see the names of those around them, so that all graphs of a file share
/// one; each function has its own.
class Names {
 public:
  /// `base` where it is free, else base.1, base.2, ...
  std::string unique(std::string_view base);
  /// Whether the name was free; it is not any more.
  bool take(std::string_view name) { return next_.try_emplace(std::string(name), 1).second; }

 private:
  std::unordered_map<std::string, int> next_;  ///< each with the first number that was not tried behind it
};

/// What the parts of a file that is being written share: constants and functions are the file's, wherever they are
/// used.
class Document {
 public:
  static constexpr std::string_view kDomain = "lathe";

  Names names;
  std::vector<proto::Tensor> initializers;  ///< whose views are the network's bytes
  std::vector<proto::Function> functions;
  std::vector<proto::Port> values;  ///< types of what nodes of the file's graph make

  /// The initializer of this constant; the same one for the same bytes.
  std::string weight(const ops::TensorType& type, const Blob& data, std::string_view base);
  /// A tensor that the writer made up.
  std::string constant(proto::Tensor tensor);
  /// The name of the function with this body; `name` is what to call a new one.
  std::string function(std::string_view name, proto::Function body);

  /// Ops of later opsets than the usual one raise that of the file.
  void need_opset(int64_t version) { opset_ = std::max(opset_, version); }
  int64_t opset() const { return opset_; }

 private:
  int64_t opset_ = 21;
  Names function_names_;
  std::map<std::string, std::string> constants_;                             ///< small ones, by type and bytes
  std::map<std::pair<std::string, const std::byte*>, std::string> weights_;  ///< by type and place
  std::map<std::string, std::string> by_body_;                               ///< functions
};

/// A constant as a message; its bytes are copied.
proto::Tensor tensor_of(DType type, std::vector<int64_t> dims, const void* data, size_t size);

}  // namespace lathe::onnx
