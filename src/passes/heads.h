#pragma once
#include <array>
#include <optional>

#include "ir/network.h"

namespace lathe::passes {

/// Heads that lie side by side in rows: [batch, seq, heads*head_dim] are columns [first, first + heads*head_dim) of
/// `source` [batch, seq, ..].
struct Heads {
  ir::ValueId source = ir::kNone;
  int64_t first = 0, heads = 0, head_dim = 0;
  std::vector<Dim> shape;  ///< [batch, seq, heads*head_dim]
};

/// Which dimension of a value of rank 4 counts what.
struct HeadOrder {
  size_t batch, head, seq, column;
};
inline constexpr HeadOrder kHeadRows = {0, 1, 2, 3};     ///< [batch, heads, seq, head_dim]
inline constexpr HeadOrder kHeadColumns = {0, 1, 3, 2};  ///< [batch, heads, head_dim, seq]
inline constexpr HeadOrder kSideBySide = {0, 2, 1, 3};   ///< [batch, seq, heads, head_dim]

/// The heads that the value is made of, whatever reshapes, transposes and slices take them apart; the furthest source
/// that has them all.
std::optional<Heads> heads_of(const ir::Network& network, ir::ValueId value, const HeadOrder& order);

/// [batch, seq, heads*head_dim]: the source itself or a slice of it.
ir::ValueId columns_of(ir::Network& network, const Heads& heads, const std::vector<std::string>& origins);

}  // namespace lathe::passes
