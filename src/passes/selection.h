#pragma once
#include <functional>
#include <map>
#include <set>

#include "passes/token_wise.h"

namespace lathe::passes {

/// Computes a value [tokens, ..] at some rows alone, by copies of the token-wise nodes above it (its cone). The cone
/// ends at values that are computed for all tokens anyway: what nodes that are not token-wise read, directly or not,
/// and entries. Their rows are selected there.
class Selection {
 public:
  using Selectable = bool (*)(const ops::TensorType&);
  using Select = std::function<ir::ValueId(ir::ValueId)>;

  /// `select` adds what gives the chosen rows, [count, ..], of a value whose type is `selectable`.
  Selection(ir::Network& network, ir::ValueId value, Dim count, Selectable selectable, Select select);

  /// The nodes that will be computed for the chosen rows alone.
  size_t size() const { return cone_.size(); }
  /// Adds the copies; the value's chosen rows.
  ir::ValueId build();

 private:
  std::optional<RowForm> form(const ir::Node& node) const;
  void find_full();
  void find_cone();
  ir::ValueId selected(ir::ValueId value);

  ir::Network& network_;
  ir::ValueId value_;
  std::vector<Dim> lead_;
  Dim count_;
  Selectable selectable_;
  Select select_;
  std::set<ir::ValueId> full_;                   ///< computed for all tokens anyway
  std::set<ir::NodeId> cone_;                    ///< to be copied
  std::map<ir::ValueId, ir::ValueId> selected_;  ///< by value of all tokens
};

}  // namespace lathe::passes
