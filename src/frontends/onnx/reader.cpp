#include "frontends/onnx/reader.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <unordered_set>

#include "base/error.h"
#include "frontends/onnx/graph_reader.h"
#include "frontends/onnx/message.h"
#include "frontends/onnx/source.h"
#include "ops/cast.h"
#include "ops/shape_rules.h"

namespace lathe::onnx {
namespace {

/// "?", "-1", "5": what exporters write for a dimension that has no name.
bool is_no_name(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) || c == '_' || c > 127; });
}

/// The dimensions that a file names: each text a symbol of its own, whatever characters it has.
class Symbols {
 public:
  explicit Symbols(const GraphMessage& graph) {
    for (const ValueMessage& input : graph.inputs)
      if (input.type.shape)
        for (const DimensionMessage& d : *input.type.shape)
          if (ops::is_symbol(d.symbol)) of(d.symbol);
  }

  /// Of a dim_param: a name, or as torch's exporter writes it arithmetic on others of the inputs ("s0 + s1").
  /// Arithmetic that tells its only name (2*n + 1) is that too, where it is spelt as Lathe spells it.
  Dim named(std::string_view text) {
    if (ops::is_symbol(text)) return of(text);
    try {
      const Dim d = Dim::parse(text);
      const std::vector<std::string> symbols = d.symbols();
      const auto known = [&](const std::string& name) { return by_text_.contains(name); };
      if (!symbols.empty() && std::all_of(symbols.begin(), symbols.end(), known)) return d;
      if (symbols.size() != 1 || !ops::is_symbol(symbols[0]) || d.str() != text) return of(text);
      const auto parts = d.linear_in(symbols[0]);
      const bool tells = parts && parts->first.is_constant() && parts->second.is_constant();
      if (tells && of(symbols[0]) == Dim::symbol(symbols[0])) return d;
    } catch (const Error&) {}
    return of(text);
  }
  /// Of one that has no name.
  Dim unnamed(std::string_view input, size_t d) { return Dim::symbol(free(fmt::format("{}_{}", input, d))); }

 private:
  Dim of(std::string_view text) {
    const auto found = by_text_.find(text);
    if (found != by_text_.end()) return Dim::symbol(found->second);
    return Dim::symbol(by_text_.emplace(text, free(text)).first->second);
  }
  std::string free(std::string_view text) {
    const std::string base = ops::symbol_from(text);
    std::string symbol = base;
    for (int i = 1; !taken_.insert(symbol).second; ++i) symbol = fmt::format("{}_{}", base, i);
    return symbol;
  }
  std::map<std::string, std::string, std::less<>> by_text_;
  std::unordered_set<std::string> taken_;
};

class FileReader {
 public:
  FileReader(const std::string& path, const ModelMessage& model, const ReadOptions& options)
      : path_(path),
        options_(options),
        model_(model),
        source_(path, model, options),
        symbols_(model.graph),
        scope_(network_, nullptr) {
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
    constexpr int64_t kOldest = 1, kNewest = 28;
    const auto check = [&](const Opsets& opsets) {
      const auto opset = opsets.find("");
      if (opset != opsets.end() && (opset->second < kOldest || opset->second > kNewest))
        fail(ErrorCode::unsupported_version, path_, fmt::format("export it with an opset up to {}", kNewest),
             "it is of opset {}", opset->second);
    };
    check(source_.opsets());
    for (const FunctionMessage& function : model_.functions) check(opsets_of(function.opsets));
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

  std::vector<Dim> shape_of(const ValueMessage& input, std::string_view where) {
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
      else if (!is_no_name(own.symbol))
        shape.push_back(symbols_.named(own.symbol));
      else
        shape.push_back(symbols_.unnamed(input.name, d));
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
  Symbols symbols_;
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
