#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lathe/engine.h"
#include "lathe/export.h"

namespace lathe {
namespace api {
struct NetworkData;
class Access;
}  // namespace api

class Layer;
class Network;

/// A size of a tensor: a number, or an expression over named sizes, "batch", "2*batch + 1". As a size of an input -1 is
/// a name of its own, "<input>_<axis>"; as one of reshape() what the others leave.
class LATHE_API Size {
 public:
  Size(int64_t number);                                     // NOLINT(google-explicit-constructor): a number is a size
  Size(int number) : Size(static_cast<int64_t>(number)) {}  // NOLINT(google-explicit-constructor)
  Size(std::string_view text) : text_(text) {}              // NOLINT(google-explicit-constructor): and so is a name
  Size(const std::string& text) : text_(text) {}            // NOLINT(google-explicit-constructor)
  Size(const char* text) : text_(text) {}                   // NOLINT(google-explicit-constructor)
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};
using Sizes = std::vector<Size>;

/// One value of a network: a handle, which stays valid as long as the network. Operand of what lathe/layers.h declares,
/// and of + - * / there. One that was made by default is no tensor, and stands for an operand that is not given.
/// A tensor of a network that is no more, or that was removed: Error(invalid_argument).
class LATHE_API Tensor {
 public:
  Tensor() = default;
  explicit operator bool() const { return value_ >= 0; }
  std::string name() const;
  DType dtype() const;
  std::vector<std::string> shape() const;
  int rank() const;
  /// One size of it, from the end for negative axes. Error(out_of_range) for an axis that it has not.
  Size size(int axis) const;
  /// "f32[batch, 64]"
  std::string str() const;
  /// Gives it another name, and is it. Error(invalid_argument) where another tensor has the name.
  const Tensor& named(std::string_view name) const;
  bool is_constant() const;
  /// The layer that makes it; none for inputs and constants.
  std::optional<Layer> producer() const;
  /// The layers that read it, in their order.
  std::vector<Layer> readers() const;
  /// Whether it is the same tensor of the same network; equal() compares elements.
  bool operator==(const Tensor& other) const;

 private:
  friend class api::Access;
  std::weak_ptr<api::NetworkData> network_;
  int64_t block_ = 0;  ///< the block of it that the value is of; 0: the network itself
  int32_t value_ = -1;
};

/// One op of a network: a handle like Tensor. A function of lathe/layers.h makes one or several.
class LATHE_API Layer {
 public:
  std::string name() const;
  /// The op, "matmul"; its attributes that are not their defaults, "matmul(transpose_b=true)".
  std::string kind() const;
  std::string attributes() const;
  std::vector<Tensor> inputs() const;
  std::vector<Tensor> outputs() const;
  /// Copies of what it runs: the two of an if, the one of a loop; else none.
  std::vector<Network> blocks() const;
  /// Reads another tensor of the same type in the place of inputs()[index]. Error(shape_mismatch) for another type,
  /// Error(invalid_argument) for one that is made of what the layer gives, and where sizes of other layers were
  /// computed from numbers that would now be others. Of a file that was read those sizes stay as they are.
  const Layer& set_input(size_t index, const Tensor& tensor) const;

  /// The floating-point type in which its inputs of such types are read and its results computed: casts around it, when
  /// the network is built. Error(unsupported) for other types.
  const Layer& set_precision(DType type) const;
  std::optional<DType> precision() const;
  const Layer& reset_precision() const;
  /// The floating-point type that a result is rounded to. An output of the network then has this type; what reads it
  /// within has it widened again.
  const Layer& set_output_type(size_t index, DType type) const;
  std::optional<DType> output_type(size_t index) const;
  const Layer& reset_output_type(size_t index) const;
  /// The device that runs it, "cpu"; empty: the host. Error(not_found) when it is built without such a device.
  const Layer& set_device(std::string_view device) const;
  std::string device() const;
  bool operator==(const Layer& other) const;

 private:
  friend class api::Access;
  std::weak_ptr<api::NetworkData> network_;
  int64_t block_ = 0;
  int32_t node_ = -1;
};

/// What an input holds for callers that leave it out; positions: 0, 1, 2, .. along the last dimension.
enum class Absent : uint8_t { required, zeros, ones, positions };

/// What is asked of an input or output beside its type.
struct PortOptions {
  /// How callers bind and read it: chw(4), chw(32), hwc(8), ...; row-major where it says nothing.
  Format format = {};
  /// What its elements lie between, for those who choose scales; Lathe keeps it.
  std::optional<std::pair<double, double>> range = {};
  Absent absent = Absent::required;  ///< of an input of type i32 [batch, seq]
  Role role = Role::plain;  ///< of an input: a mask of tokens, by which they may be packed (BuildOptions::drop_padding)
};
/// CHW4, CHW16, CHW32: dimension -3 in blocks; CHW2 likewise. Of tensors [.., c, h, w] with `rank` dimensions.
LATHE_API Format chw(int64_t block, int rank = 4);
/// HWC8: dimension -3 in blocks, which lie innermost; a block of 1: channels last.
LATHE_API Format hwc(int64_t block, int rank = 4);

/// A graph of ops over named tensors with symbolic shapes: what is compiled. A value: copies are networks of their own
/// that share the bytes of their constants; tensors and layers are those of the network that they were made in, and go
/// along where it is moved: what it was moved from is an empty network.
///
///   lathe::Network net("mlp");
///   lathe::Tensor x = net.input("x", lathe::DType::f32, {"batch", 64});
///   lathe::Tensor w = net.weight("w", "weights.npz");
///   net.output("y", softmax(relu(matmul(x, w)), -1));
///   lathe::Plan plan = lathe::build(net);
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

  /// A tensor that callers bind. Error(invalid_argument) for a name that is taken or sizes that are none.
  Tensor input(std::string_view name, DType type, const Sizes& shape, const PortOptions& options = {});
  /// A constant of these elements, which are copied (strides are made dense), or stay where they are, row-major, where
  /// an owner keeps them alive.
  Tensor weight(std::string_view name, const ConstTensorRef& tensor, std::shared_ptr<const void> owner = nullptr);
  /// The entry of an npz, safetensors or ONNX file, or an npy's one array. Error(not_found | io | corrupt_file).
  Tensor weight(std::string_view name, const std::string& file);
  /// Small constants, rounded to the type as cast() does: a tensor, a scalar.
  Tensor constant(DType type, const std::vector<int64_t>& shape, const std::vector<double>& elements);
  Tensor constant(double number, DType type = DType::f32);
  /// What a run gives under this name. Error(invalid_argument) for a name that is taken.
  void output(std::string_view name, const Tensor& tensor, const PortOptions& options = {});
  /// The tensor is no output any more, under any name. Error(not_found) where it was none.
  void unmark_output(const Tensor& tensor);
  /// What output() and input() were asked for, by name. Error(not_found).
  PortOptions port(std::string_view name) const;
  void set_port(std::string_view name, const PortOptions& options);

  /// All layers, each behind those that it reads; all inputs, constants, and results of layers.
  std::vector<Layer> layers() const;
  std::vector<Tensor> tensors() const;
  /// Error(not_found) for a name that none has.
  Tensor tensor(std::string_view name) const;
  Layer layer(std::string_view name) const;
  /// Error(invalid_argument) where a layer or output reads what it gives; replace() that first.
  void remove(const Layer& layer);
  /// Layers whose results nobody reads; whether there were some.
  bool remove_unread();
  /// Every reader of `from`, outputs too, reads `to`. Errors as Layer::set_input().
  void replace(const Tensor& from, const Tensor& to);

  explicit Network(std::unique_ptr<api::NetworkData> data);
  const api::NetworkData& data() const { return *data_; }
  api::NetworkData& data() { return *data_; }

 private:
  friend class api::Access;
  std::shared_ptr<api::NetworkData> data_;  ///< its own: tensors only look at it
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
  /// known. The memory is copied. Error(not_found) for a name that no input has, Error(shape_mismatch) for another type
  /// or shape than it has.
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

/// Whether a path is taken for an ONNX file: its name ends in .onnx, and it is no folder.
LATHE_API bool is_onnx(const std::string& path);

struct OnnxWriteOptions {
  /// Fused first, by the passes of a build that know no machine: an op that ONNX lacks becomes the call of a function
  /// of the file. Padding is computed as the network says.
  bool optimised = false;
  std::string passes = {};     ///< as BuildOptions::passes, of an optimised one
  bool external_data = false;  ///< weights go into FILE.data beside the file, as those of 2 GB do in any case
  /// Inputs that the file has not: it computes what they hold for callers that leave them out (PortOptions::absent).
  std::vector<std::string> left_out = {};
};

/// Writes a network as an ONNX file, which runtimes run with the same results. Inputs, outputs and values keep their
/// names; outputs on demand are left out, all inputs have to be given, ports are row-major. The file is replaced as a
/// whole or not at all.
///   Error(unsupported) naming a layer that ONNX cannot say, Error(not_found) an input to leave out, Error(io)
LATHE_API void write_onnx(const Network& network, const std::string& path, const OnnxWriteOptions& options = {});

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
