#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/onnx/message.h"
#include "frontends/onnx/scope.h"
#include "frontends/onnx/source.h"
#include "ir/compose/composer.h"

namespace lathe::onnx {

using ir::ValueId;

/// A default as the format has it: numbers are of single precision.
inline double single(double x) { return static_cast<double>(static_cast<float>(x)); }

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
class NodeReader : public ir::Composer {
 public:
  NodeReader(const NodeMessage& message, int64_t opset, Scope& scope, const Place& place);

  const NodeMessage& message() const { return message_; }
  int64_t opset() const { return opset_; }  ///< of the op's domain
  Scope& scope() const { return scope_; }
  const Place& place() const { return place_; }
  ir::Network& network() const override { return scope_.network(); }
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

  /// Attributes that change nothing of what is computed here: they may be there.
  void ignore(std::initializer_list<std::string_view> attributes) const;
  /// Once all is read: Error(corrupt_file) for an input behind the last one that was asked for. The names of
  /// attributes that were never asked for.
  std::vector<std::string_view> check_all_read() const;

  // Its results. Outputs that nobody names are dropped.
  size_t outputs() const { return message_.outputs.size(); }
  bool wants(size_t i) const { return i < outputs() && !message_.outputs[i].empty(); }
  void give(size_t i, Item item);
  void give(size_t i, ValueId value) { give(i, Item::tensor(value)); }
  void give(ValueId value) { give(0, value); }

  // Ops. On constants they are computed at once where the results are small.
  ValueId add(ops::Op op, std::vector<ValueId> inputs) override;
  std::vector<ValueId> add_all(ops::Op op, std::vector<ValueId> inputs) override;
  ValueId constant(HostTensor tensor) override;
  ValueId scalar(double number, DType type) override;

  // What is known of values.
  /// The elements of a constant.
  std::optional<HostTensor> known(ValueId v) const;
  /// Whole numbers that must be known now; `what` names them in the message. Error(unsupported) with the cure.
  std::vector<int64_t> known_integers(ValueId v, std::string_view what) const;
  std::vector<double> known_numbers(ValueId v, std::string_view what) const;
  int64_t known_integer(ValueId v, std::string_view what) const;
  double known_number(ValueId v, std::string_view what) const;
  /// The same of sizes, which may be computed from shapes and from the elements of inputs: of any sign then.
  std::vector<Dim> known_sizes(ValueId v, std::string_view what) const;
  Dim known_size(ValueId v, std::string_view what) const;
  /// Axes as opsets have them: an attribute, or an input. Empty where neither is there.
  std::vector<int64_t> axes_of(std::string_view attribute, size_t input) const;

 private:
  [[noreturn]] void tell_unknown(ValueId v, std::string_view what) const;
  /// What contradicts the format.
  Error contradiction(std::string_view problem) const override;
  const AttributeMessage* need(std::string_view name, AttributeMessage::Kind kind) const;
  std::optional<ValueId> computed(const ops::Op& op, std::vector<ValueId> inputs);
  ValueId as_constant(ValueId v);

  const NodeMessage& message_;
  mutable std::vector<bool> inputs_read_, attributes_read_;
  int64_t opset_;
  Scope& scope_;
  const Place& place_;
  std::string name_;
};

}  // namespace lathe::onnx
