#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "frontends/onnx/write/document.h"

namespace lathe::onnx {

using Values = std::vector<std::string>;

/// A size that nothing in a body tells.
struct UnknownSize {
  Dim size;
};

// Attributes of nodes.
inline proto::Attribute attribute(std::string_view name, int64_t value) {
  return {.name = std::string(name), .integer = value};
}
inline proto::Attribute attribute(std::string_view name, double value) {
  return {.name = std::string(name), .number = static_cast<float>(value)};
}
inline proto::Attribute attribute(std::string_view name, std::string_view value) {
  return {.name = std::string(name), .text = std::string(value)};
}
inline proto::Attribute attribute(std::string_view name, std::vector<int64_t> values) {
  return {.name = std::string(name), .integers = std::move(values)};
}

/// Nodes of a graph or function that is being written, and what is known of their values.
class Body {
 public:
  /// The file's graph, or with names of its own a function.
  explicit Body(Document& document) : document_(document), names_(document.names) {}
  Body(Document& document, Names& own_names) : document_(document), names_(own_names), is_function_(true) {}
  /// A graph within a node of another one.
  explicit Body(Body& outer)
      : document_(outer.document_), names_(outer.names_), outer_(&outer), is_function_(outer.is_function_) {}

  Document& document() const { return document_; }
  Names& names() const { return names_; }
  std::vector<proto::Node>& nodes() { return nodes_; }
  bool is_function() const { return is_function_; }
  /// Whether it is the file's graph, or one within.
  bool is_outermost() const { return outer_ == nullptr && !is_function_; }
  /// Whether a node of this very body makes the value.
  bool makes(const std::string& value) const { return made_.contains(value); }

  /// Another node; its one output.
  std::string emit(std::string_view op, Values inputs, std::vector<proto::Attribute> attributes = {}) {
    return emit_all(op, std::move(inputs), std::move(attributes), 1)[0];
  }
  /// The same of several outputs.
  Values emit_all(std::string_view op, Values inputs, std::vector<proto::Attribute> attributes, size_t outputs,
                  std::string_view domain = {});
  /// What a node from `first` on gives has another name from now on: whether there is such a node. Constants and sizes
  /// keep theirs, by which others find them.
  bool rename(size_t first, const std::string& value, const std::string& name);

  // Constants.
  std::string constant(proto::Tensor tensor);
  std::string integers(const std::vector<int64_t>& values, DType type = DType::i64);  ///< [n]
  std::string number(double value, DType type);                                       ///< []

  // Sizes, as i64. Throws UnknownSize.
  std::string size(const Dim& size);  ///< [1]
  std::string scalar_size(const Dim& size) { return emit("Squeeze", {this->size(size)}); }
  std::string sizes(const std::vector<Dim>& list);  ///< [n]
  /// Sizes can be read off this value from now on.
  void offer(const std::string& value, const ops::TensorType& type);
  /// So can elements of it, as what they are called: numbers of any sign, and the sizes that are made of them.
  void offer_elements(const std::string& value, const ops::Elements& elements);
  /// A size that is computed from others.
  void define(const Dim& size, const Dim& value) { definitions_.try_emplace(size.str(), value); }
  std::string symbol(std::string_view name);

 private:
  struct Source {
    std::string value;
    size_t axis;  ///< or the place of the element
    Dim size;
    bool is_element = false;
  };
  const std::string& share(const std::string& value) { return *shared_.insert(value).first; }
  std::optional<std::string> known_size(const std::string& text);
  std::string read(const Source& source);

  Document& document_;
  Names& names_;
  Body* outer_ = nullptr;
  bool is_function_ = false;
  std::vector<proto::Node> nodes_;
  std::unordered_set<std::string> made_, shared_;
  std::map<std::string, Source> sources_;     ///< by the size's text
  std::map<std::string, std::string> sizes_;  ///< that were computed
  std::map<std::string, Dim> definitions_;
  std::map<std::string, std::string> constants_;  ///< of a function, by type and bytes
};

}  // namespace lathe::onnx
