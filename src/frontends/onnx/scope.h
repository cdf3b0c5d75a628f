#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/network.h"

namespace lathe::onnx {

/// What a name of a graph stands for. Sequences and optionals exist while a file is read: how many elements they have,
/// and whether one is there, must be known then.
struct Item {
  enum class Kind : uint8_t { absent, tensor, sequence, refused };
  Kind kind = Kind::absent;  ///< absent: an optional without content; refused: made by a node that was refused
  ir::ValueId value = ir::kNone;
  std::shared_ptr<const std::vector<Item>> elements;  ///< of a sequence
  int depth = 0;                                      ///< of a sequence: how many are within each other

  static Item tensor(ir::ValueId value) { return {Kind::tensor, value, nullptr}; }
  /// Error(unsupported) for sequences of sequences without end.
  static Item sequence(std::vector<Item> elements);
};

/// The names that nodes of a graph see: its own, then those around it. A graph that becomes a block of a node has a
/// network of its own; what it reads of the one around it are inputs of both (captures).
class Scope {
 public:
  Scope(ir::Network& network, Scope* outer) : network_(network), outer_(outer) {}

  ir::Network& network() const { return network_; }
  /// Null where no graph around has the name.
  const Item* find(std::string_view name);
  /// Whether this very graph has it.
  bool has_own(std::string_view name) const { return items_.find(name) != items_.end(); }
  void set(std::string_view name, Item item) { items_.insert_or_assign(std::string(name), std::move(item)); }

  struct Capture {
    ir::ValueId outside, inside;
  };
  /// What a block reads of the network around it, in the order of its inputs.
  const std::vector<Capture>& captures() const { return captures_; }
  /// The block's own value for one of the network around it: an input, or of a constant the same constant.
  ir::ValueId capture(ir::ValueId outside);

 private:
  Item captured(const Item& item);
  /// The elements of a value outside where all are known from sizes: ops within can then be shaped by them.
  std::optional<std::vector<Dim>> known_sizes(ir::ValueId outside) const;
  /// The same numbers in the block.
  ir::ValueId made_of(const std::vector<Dim>& sizes, const ops::TensorType& type);

  ir::Network& network_;
  Scope* outer_;
  std::map<std::string, Item, std::less<>> items_;
  std::vector<Capture> captures_;
  std::map<ir::ValueId, ir::ValueId> own_;  ///< by the values around: the block's
  /// Sequences around, which this keeps alive, and the block's: what several share is captured once.
  std::map<std::shared_ptr<const std::vector<Item>>, Item> own_sequences_;
};

}  // namespace lathe::onnx
