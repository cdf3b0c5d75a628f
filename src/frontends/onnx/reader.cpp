#include "frontends/onnx/reader.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <unordered_set>

#include "base/error.h"
#include "frontends/onnx/graph_reader.h"
#include "frontends/onnx/message.h"
#include "frontends/onnx/source.h"
#include "ops/cast.h"

namespace lathe::onnx {
namespace {

/// A dim_param as a symbol: "batch size" and "2*n" are names, too.
std::string symbol_of(std::string_view text) {
  std::string symbol;
  for (char c : text) symbol += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  if (symbol.empty() || std::isdigit(static_cast<unsigned char>(symbol[0]))) symbol.insert(0, "d");
  return symbol;
}

/// A dim_param is a name, or arithmetic on names as torch's exporter writes it ("s0 + s1").
Dim dimension_of(std::string_view text) {
  const bool is_name = std::all_of(text.begin(), text.end(),
                                   [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
  if (is_name && !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0]))) return Dim::symbol(text);
  try {
    return Dim::parse(text);
  } catch (const Error&) {
    return Dim::symbol(symbol_of(text));
  }
}

class FileReader {
 public:
  FileReader(const std::string& path, const ModelMessage& model, const ReadOptions& options)
      : path_(path), options_(options), model_(model), source_(path, model, options), scope_(network_, nullptr) {
    for (const TensorMessage& tensor : model.graph.initializers) initializers_.insert(tensor.name);
    for (const SparseTensorMessage& tensor : model.graph.sparse_initializers) initializers_.insert(tensor.values.name);
  }

  ir::Network read() {
    network_.name = model_.graph.name.empty() ? "network" : std::string(model_.graph.name);
    check_versions();
    for (const ValueMessage& input : model_.graph.inputs) read_input(input);
    check_fixed();
    const Place place{source_, source_.opsets()};
    read_body(model_.graph, scope_, place);
    for (const ValueMessage& output : model_.graph.outputs) read_output(output);
    return std::move(network_);
  }

 private:
  void check_versions() const {
    constexpr int64_t kOldest = 1;
    const auto opset = source_.opsets().find("");
    if (opset != source_.opsets().end() && opset->second < kOldest)
      fail(ErrorCode::unsupported_version, path_, "export it again", "it is of opset {}", opset->second);
  }

  void read_input(const ValueMessage& input) {
    const std::string where = fmt::format("{}, input {}", path_, shown(input.name));
    if (input.name.empty()) fail(ErrorCode::corrupt_file, path_, "export it again", "an input has no name");
    if (scope_.has_own(input.name))
      fail(ErrorCode::corrupt_file, where, "export it again", "two inputs have this name");
    if (const auto fixed = options_.fixed.find(input.name); fixed != options_.fixed.end())
      return fix(input, fixed->second, where);
    if (initializers_.contains(input.name)) return;  // a default that callers may replace: Lathe takes it as constant
    if (input.type.kind != TypeMessage::Kind::tensor)
      fail(ErrorCode::unsupported, where, "give tensors",
           "it is no tensor: sequences and optionals are none of a plan");
    const ops::TensorType type{dtype_of(input.type.element, where), shape_of(input, where)};
    const ir::ValueId value = network_.add_input(input.name, type);
    network_.follow_elements(value);
    scope_.set(input.name, Item::tensor(value));
  }

  void check_fixed() const {
    const std::vector<ValueMessage>& inputs = model_.graph.inputs;
    for (const auto& [name, tensor] : options_.fixed)
      if (std::none_of(inputs.begin(), inputs.end(), [&](const ValueMessage& input) { return input.name == name; }))
        fail(ErrorCode::not_found, path_, "fix one of its inputs", "no input is {}", shown(name));
  }

  void fix(const ValueMessage& input, const HostTensor& tensor, std::string_view where) {
    if (input.type.kind != TypeMessage::Kind::tensor || dtype_of(input.type.element, where) != tensor.dtype)
      fail(ErrorCode::shape_mismatch, where, fmt::format("give {}", name_of(input.type.element)), "it is fixed as {}{}",
           to_string(tensor.dtype), to_string(tensor.shape));
    const ops::TensorType type{tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}};
    if (input.type.shape) {
      const ops::TensorType declared{tensor.dtype, shape_of(input, where)};
      bool fits = declared.rank() == type.rank();
      for (size_t d = 0; fits && d < type.shape.size(); ++d)
        fits = !declared.shape[d].is_constant() || declared.shape[d] == type.shape[d];
      if (!fits)
        fail(ErrorCode::shape_mismatch, where, fmt::format("give {}", to_string(declared)), "it is fixed as {}",
             to_string(type));
    }
    scope_.set(input.name, Item::tensor(network_.add_constant(input.name, type, {tensor.data, nullptr})));
  }

  std::vector<Dim> shape_of(const ValueMessage& input, std::string_view where) const {
    const auto given = options_.shapes.find(input.name);
    const bool is_given = given != options_.shapes.end();
    if (!input.type.shape && !is_given)
      fail(ErrorCode::unsupported, where, "give its shape when the model is built: --shapes", "it says no shape");
    const size_t rank = input.type.shape ? input.type.shape->size() : given->second.size();
    if (is_given && given->second.size() != rank)
      fail(ErrorCode::shape_mismatch, where, "give as many", "it has {} dimensions, {} are given", rank,
           given->second.size());
    if (rank > static_cast<size_t>(Shape::kMaxRank))
      fail(ErrorCode::unsupported, where, fmt::format("use at most {} dimensions", Shape::kMaxRank),
           "it has {} dimensions", rank);
    std::vector<Dim> shape;
    for (size_t d = 0; d < rank; ++d) {
      const DimensionMessage own = input.type.shape ? (*input.type.shape)[d] : DimensionMessage{};
      if (own.value && *own.value >= 0)
        shape.emplace_back(*own.value);
      else if (is_given && given->second[d] >= 0)
        shape.emplace_back(given->second[d]);
      else if (!own.symbol.empty())
        shape.push_back(dimension_of(own.symbol));
      else
        shape.push_back(Dim::symbol(fmt::format("{}_{}", symbol_of(input.name), d)));
    }
    return shape;
  }

  void read_output(const ValueMessage& output) {
    const std::string where = fmt::format("{}, output {}", path_, shown(output.name));
    const Item* found = output.name.empty() ? nullptr : scope_.find(output.name);
    if (!found) fail(ErrorCode::corrupt_file, where, "export the model again", "nothing makes it");
    if (found->kind == Item::Kind::refused) return;  // reported with the node
    if (found->kind != Item::Kind::tensor)
      fail(ErrorCode::unsupported, where, "give tensors out",
           "it is no tensor: sequences and optionals are none of a plan");
    if (!outputs_.insert(output.name).second)
      fail(ErrorCode::corrupt_file, where, "export the model again", "two outputs have this name");
    // An output is the result of a node: what the network only passes on is copied.
    ir::ValueId value = found->value;
    if (network_.value(value).producer == ir::kNone)
      value = network_.add1(ops::Cast{network_.value(value).type.dtype}, {value}, fmt::format("{}.copy", output.name));
    network_.mark_output(output.name, value);
  }

  const std::string& path_;
  const ReadOptions& options_;
  const ModelMessage& model_;
  Source source_;
  std::unordered_set<std::string_view> initializers_, outputs_;  ///< names: of the graph's, and of those read
  ir::Network network_;
  Scope scope_;
};

}  // namespace

ir::Network read_onnx(const std::string& path, const ReadOptions& options) {
  return read_model(FileMap(path).blob(), path, options);
}

ir::Network read_model(const Blob& file, const std::string& path, const ReadOptions& options) {
  const ModelMessage model = decode_model(file, path);
  return FileReader(path, model, options).read();
}

HostTensor read_initializer(const std::string& path, std::string_view name) {
  const ModelMessage model = decode_model(FileMap(path).blob(), path);
  const TensorReader reader(path, model.file);
  for (const TensorMessage& tensor : model.graph.initializers)
    if (tensor.name == name) return reader.read(tensor);
  for (const SparseTensorMessage& tensor : model.graph.sparse_initializers)
    if (tensor.values.name == name) return reader.read(tensor);
  fail(ErrorCode::not_found, path, "give the name of one that its graph has", "no initializer is {}", shown(name));
}

bool is_onnx(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::path(path).extension() == ".onnx" && !std::filesystem::is_directory(path, ignored);
}

}  // namespace lathe::onnx
