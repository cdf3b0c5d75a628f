#pragma once
#include <vector>

#include "ir/network.h"
#include "passes/pass.h"

namespace lathe::passes {

/// Under which mask of tokens values have their rows [batch, seq, ..]. A network may have several: two texts that are
/// compared, a question and its source.
///
/// An op that reads rows under a mask (ops/masked.h), or a product with one, says that they are the mask's, and so are
/// those that it gives; and what is computed row by row (token_wise.h) from rows of a mask has its rows too. Masks go
/// by what they are without casts (mask.h). Values that are added later have none.
class RowMasks {
 public:
  RowMasks(const ir::Network& network, Padding padding);
  /// The one mask of the ops that the rows come out of; kNone where they come out of none, or of several with different
  /// masks.
  ir::ValueId maker(ir::ValueId rows) const { return one(makers_, rows); }
  /// That; where they come out of none, the one mask of the ops that read them or what they are computed from.
  ir::ValueId of(ir::ValueId rows) const;

 private:
  using List = std::vector<ir::ValueId>;  ///< by value
  static ir::ValueId one(const List& list, ir::ValueId rows);
  static void merge(ir::ValueId& mask, ir::ValueId other);
  void find_readers(ir::NodeId id);
  void find_makers(ir::NodeId id);
  /// The operands that have one row a row of the node's result.
  List row_operands(const ir::Node& node) const;
  /// The mask under which the node reads rows, or kNone.
  ir::ValueId mask_of(const ir::Node& node) const;

  const ir::Network& network_;
  const bool exact_;
  List masks_;  ///< each once
  List makers_, readers_;
};

}  // namespace lathe::passes
