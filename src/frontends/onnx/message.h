#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"

namespace lathe::onnx {

// The messages of an ONNX file (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) as they lie in it: text and
// bytes are views into the file, which outlives them.

/// TensorProto.DataType.
enum class ElementType : int32_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16,
  float8e4m3fn = 17,
  float8e5m2 = 19,
  uint4 = 21,
  int4 = 22,
};

using Entries = std::vector<std::pair<std::string_view, std::string_view>>;

struct TensorMessage {
  std::string_view name;
  std::vector<int64_t> dims;
  ElementType type = ElementType::undefined;
  std::optional<std::string_view> raw;
  // Elements in fields of their own, as they are packed in the file; 16-bit and narrower ones come as int32.
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<int32_t> int32s;
  std::vector<int64_t> int64s;
  std::vector<uint64_t> uint64s;
  bool is_external = false;
  Entries external;  ///< location, offset, length
};

struct SparseTensorMessage {
  TensorMessage values, indices;
  std::vector<int64_t> dims;
};

struct DimensionMessage {
  std::optional<int64_t> value;
  std::string_view symbol;
};

struct TypeMessage {
  enum class Kind : uint8_t { none, tensor, sequence, optional, other };
  Kind kind = Kind::none;
  ElementType element = ElementType::undefined;        ///< of a tensor
  std::optional<std::vector<DimensionMessage>> shape;  ///< of a tensor; none: of any rank
  std::shared_ptr<const TypeMessage> inner;            ///< of a sequence or optional
};

struct ValueMessage {
  std::string_view name;
  TypeMessage type;
};

struct GraphMessage;

struct AttributeMessage {
  enum class Kind : int32_t {
    undefined = 0,
    number = 1,
    integer = 2,
    text = 3,
    tensor = 4,
    graph = 5,
    numbers = 6,
    integers = 7,
    texts = 8,
    tensors = 9,
    graphs = 10,
    sparse_tensor = 11,
    sparse_tensors = 12,
    type = 13,
    types = 14,
  };
  std::string_view name;
  std::string_view refers_to;  ///< of a function's node: the function's attribute that it takes the place of
  Kind kind = Kind::undefined;
  float number = 0;
  int64_t integer = 0;
  std::string_view text;
  std::vector<float> numbers;
  std::vector<int64_t> integers;
  std::vector<std::string_view> texts;
  std::vector<TensorMessage> tensors;  ///< one for Kind::tensor
  std::vector<std::shared_ptr<const GraphMessage>> graphs;
  std::optional<SparseTensorMessage> sparse;
  std::optional<TypeMessage> type;
};

struct NodeMessage {
  std::string_view name, op, domain, overload;
  std::vector<std::string_view> inputs, outputs;
  std::vector<AttributeMessage> attributes;
};

struct GraphMessage {
  std::string_view name;
  std::vector<NodeMessage> nodes;
  std::vector<TensorMessage> initializers;
  std::vector<SparseTensorMessage> sparse_initializers;
  std::vector<ValueMessage> inputs, outputs;
};

struct OpsetMessage {
  std::string_view domain;
  int64_t version = 0;
};

struct FunctionMessage {
  std::string_view name, domain, overload;
  std::vector<std::string_view> inputs, outputs;
  std::vector<AttributeMessage> defaults;  ///< attributes with a value where the caller gives none
  std::vector<NodeMessage> nodes;
  std::vector<OpsetMessage> opsets;
};

struct ModelMessage {
  Blob file;  ///< what all views point into
  int64_t ir_version = 0;
  std::string_view producer, producer_version;
  std::vector<OpsetMessage> opsets;
  GraphMessage graph;
  std::vector<FunctionMessage> functions;
};

/// Reads the messages of a file. `where` names it in errors: Error(corrupt_file) for bytes that are no ONNX model,
/// graphs nested more than 32 deep included.
ModelMessage decode_model(Blob file, std::string_view where);
/// The same of a file that holds one tensor, as the tests of ONNX have them.
TensorMessage decode_tensor(const Blob& file, std::string_view where);

}  // namespace lathe::onnx
