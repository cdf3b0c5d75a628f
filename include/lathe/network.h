#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/engine.h"
#include "lathe/export.h"

namespace lathe {
namespace api {
struct NetworkData;
}

/// A graph of ops over named tensors with symbolic shapes: what is compiled. A value: copies are networks of their own
/// that share the bytes of their constants.
class LATHE_API Network {
 public:
  explicit Network(std::string_view name = "network");
  Network(const Network& other);
  Network(Network&& other) noexcept;
  Network& operator=(Network other) noexcept;
  ~Network();

  const std::string& name() const;
  /// What callers bind, and what a run gives.
  std::vector<TensorInfo> inputs() const;
  std::vector<TensorInfo> outputs() const;
  /// The network as text, a line a node, which parse() reads back. Constants above a few elements show as their size.
  std::string str() const;
  /// Error(corrupt_file) with the line for text that is no network.
  static Network parse(std::string_view text);

  explicit Network(std::unique_ptr<api::NetworkData> data);
  const api::NetworkData& data() const { return *data_; }
  api::NetworkData& data() { return *data_; }

 private:
  std::unique_ptr<api::NetworkData> data_;
};

/// What became of a node of a file that was read.
struct NodeReport {
  std::string name, op, domain;
  int64_t opset = 0;
  std::vector<std::string> inputs;  ///< types: "f32[batch, 128]"
  std::string problem, cure;        ///< empty: it was read
};

struct OnnxOptions {
  /// Inputs that get their values now and are constants from then on, such as the axes and sizes that an op needs to be
  /// known. The memory is copied.
  std::map<std::string, ConstTensorRef, std::less<>> fixed = {};
  /// Sizes of inputs where the file leaves them open; -1: as it says. Only needed where it does not even say how many
  /// dimensions there are.
  std::map<std::string, std::vector<int64_t>, std::less<>> shapes = {};
  /// Called with each node; reading then goes on behind those that are refused, whose results are left out. Unset: the
  /// first one that is refused ends the reading.
  std::function<void(const NodeReport&)> report = {};
};

/// Reads an ONNX file, opsets 7 and later (docs/onnx.md lists the ops). Inputs and outputs keep their names, dimensions
/// the names of their dim_param. External data lies in the file's folder.
///   Error(not_found | io | corrupt_file), Error(unsupported) naming node, op, opset and types, Error(shape_mismatch)
LATHE_API Network read_onnx(const std::string& path, const OnnxOptions& options = {});

/// An ONNX op that read_onnx() knows.
struct OnnxOp {
  std::string domain, name;
  std::string limits;  ///< what it lacks of the op; empty: nothing
};
/// All of them, by domain and name.
LATHE_API std::vector<OnnxOp> onnx_ops();

struct FolderOptions {
  /// The class to build, such as "BertForMaskedLM"; empty: the first of config.json's architectures.
  std::string architecture = {};
  /// Outputs to build, by transformers' names; empty: all of the class, and last_hidden_state on demand.
  std::vector<std::string> outputs = {};
};

/// Reads a Hugging Face model folder (see build() of folders): the network, its tokenizer, labels and limits.
LATHE_API Network read_folder(const std::string& path, const FolderOptions& options = {});

}  // namespace lathe
