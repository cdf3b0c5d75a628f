#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/onnx/message.h"
#include "frontends/onnx/scope.h"
#include "frontends/onnx/source.h"
#include "ops/binary.h"
#include "ops/reduce.h"
#include "ops/unary.h"

namespace lathe::onnx {

using ir::ValueId;

/// Attributes of the function around a node, by name, for those of its nodes that refer to them.
using FunctionAttributes = std::map<std::string, const AttributeMessage*, std::less<>>;

/// Where nodes stand: what is the same for all nodes of a graph.
struct Place {
  Source& source;
  const Opsets& opsets;
  const FunctionAttributes* attributes = nullptr;  ///< of the function around; null: none
  std::string prefix = {};                         ///< of node names
  int depth = 0;                                   ///< functions, branches and loops around
};

/// One node of a file, as the function that reads its op sees it: what it reads and says, and the ops to make of it.
/// What is wrong with a node is thrown as Error; who called the function names the node.
class NodeReader {
 public:
  NodeReader(const NodeMessage& message, int64_t opset, Scope& scope, const Place& place);

  const NodeMessage& message() const { return message_; }
  int64_t opset() const { return opset_; }  ///< of the op's domain
  Scope& scope() const { return scope_; }
  const Place& place() const { return place_; }
  ir::Network& network() const { return scope_.network(); }
  const std::string& name() const { return name_; }

  // What it reads.
  size_t inputs() const { return message_.inputs.size(); }
  bool has(size_t i) const;  ///< an input that is left out has no name, or is an optional without content
  Item item(size_t i) const;
  ValueId in(size_t i) const;  ///< Error(corrupt_file) where it is absent or no tensor
  ValueId in_or_none(size_t i) const { return has(i) ? in(i) : ir::kNone; }
  std::vector<ValueId> all_inputs() const;

  // Its attributes: of the kind that is asked for, else Error(corrupt_file).
  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  int64_t integer(std::string_view name, int64_t absent) const;
  int64_t integer(std::string_view name) const;  ///< one that must be there
  double number(std::string_view name, double absent) const;
  std::string text(std::string_view name, std::string_view absent) const;
  std::vector<int64_t> integers(std::string_view name, std::vector<int64_t> absent = {}) const;
  std::vector<double> numbers(std::string_view name, std::vector<double> absent = {}) const;
  std::vector<std::string> texts(std::string_view name) const;
  std::optional<HostTensor> tensor(std::string_view name) const;
  const GraphMessage* graph(std::string_view name) const;
  const AttributeMessage* find(std::string_view name) const;

  // Its results. Outputs that nobody names are dropped.
  size_t outputs() const { return message_.outputs.size(); }
  bool wants(size_t i) const { return i < outputs() && !message_.outputs[i].empty(); }
  void give(size_t i, Item item);
  void give(size_t i, ValueId value) { give(i, Item::tensor(value)); }
  void give(ValueId value) { give(0, value); }

  // Ops. On constants they are computed at once where the results are small.
  ValueId add(ops::Op op, std::vector<ValueId> inputs);
  std::vector<ValueId> add_all(ops::Op op, std::vector<ValueId> inputs);
  ValueId constant(HostTensor tensor);
  ValueId scalar(double number, DType type);
  ValueId vector_of(std::span<const int64_t> numbers);  ///< i64 [n]
  ValueId size(const Dim& d);                           ///< the size as a tensor i64 []
  ValueId binary(ops::BinaryKind kind, ValueId a, ValueId b) { return add(ops::Binary{kind}, {a, b}); }
  /// x (kind) number, in x's type.
  ValueId by_number(ops::BinaryKind kind, ValueId x, double number) { return binary(kind, x, scalar(number, dtype(x))); }
  ValueId binary(ops::BinaryKind kind, ValueId x, double number) = delete;  ///< numbers are no values: by_number()
  ValueId unary(ops::UnaryKind kind, ValueId x) { return add(ops::Unary{kind}, {x}); }
  ValueId reduce(ops::ReduceKind kind, ValueId x, std::vector<int64_t> axes, bool keep_dims = true) {
    return add(ops::Reduce{kind, std::move(axes), keep_dims}, {x});
  }
  ValueId cast(ValueId x, DType type);
  ValueId reshape(ValueId x, std::vector<Dim> shape);
  ValueId transpose(ValueId x, std::vector<int64_t> perm);
  ValueId expand(ValueId x, std::vector<Dim> shape);
  /// x[.., start : start + size, ..] along one axis.
  ValueId slice(ValueId x, int64_t axis, Dim start, Dim size);
  ValueId concat(std::vector<ValueId> parts, int64_t axis);
  /// 0, 1, .. count - 1: i64 [count].
  ValueId range(Dim count);
  /// With a dimension of 1 at each of these places of the result.
  ValueId unsqueeze(ValueId x, std::vector<int64_t> axes);

  // What is known of values.
  const ops::TensorType& type(ValueId v) const { return network().value(v).type; }
  DType dtype(ValueId v) const { return type(v).dtype; }
  const std::vector<Dim>& shape(ValueId v) const { return type(v).shape; }
  int64_t rank(ValueId v) const { return type(v).rank(); }
  /// Error(corrupt_file) outside [-rank, rank).
  int64_t axis(int64_t axis, int64_t rank) const;
  std::vector<int64_t> axes(std::vector<int64_t> list, int64_t rank) const;  ///< sorted, each once
  /// The elements of a constant.
  std::optional<HostTensor> known(ValueId v) const;
  /// Whole numbers that must be known now; `what` names them in the message. Error(unsupported) with the cure.
  std::vector<int64_t> known_integers(ValueId v, std::string_view what) const;
  std::vector<double> known_numbers(ValueId v, std::string_view what) const;
  double known_number(ValueId v, std::string_view what) const;
  /// The same of sizes, which may be computed from shapes.
  std::vector<Dim> known_sizes(ValueId v, std::string_view what) const;
  /// Axes as opsets have them: an attribute, or an input. Empty where neither is there.
  std::vector<int64_t> axes_of(std::string_view attribute, size_t input) const;

  [[noreturn]] void refuse(std::string_view problem, std::string_view cure = {}) const;
  /// What contradicts the format.
  [[noreturn]] void corrupt(std::string_view problem) const;

 private:
  const AttributeMessage* need(std::string_view name, AttributeMessage::Kind kind) const;
  std::optional<ValueId> computed(const ops::Op& op, std::vector<ValueId> inputs);
  ValueId as_constant(ValueId v);

  const NodeMessage& message_;
  int64_t opset_;
  Scope& scope_;
  const Place& place_;
  std::string name_;
};

}  // namespace lathe::onnx
