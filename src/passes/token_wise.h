#pragma once
#include <optional>
#include <span>
#include <vector>

#include "ir/network.h"

namespace lathe::passes {

/// How an operand of a token-wise node belongs to the rows.
enum class Operand : uint8_t {
  rows,      ///< one row a row of the result
  shared,    ///< the same for all rows
  squeezed,  ///< the same for all rows, with leading dimensions of size 1 that must go
};

/// The op that computes a node's result on other rows, and what its operands become.
struct RowForm {
  ops::Op op;
  std::vector<Operand> operands;
};

/// Whether the shape begins with these dimensions.
bool has_rows(const std::vector<Dim>& shape, std::span<const Dim> lead);

/// The node's form on rows: where its result is [lead.., rest..] and each row of it is provably computed from the same
/// row of some operands alone, the op that gives [count, rest..] from operands [count, rest..]. Else nothing.
std::optional<RowForm> row_form(const ir::Network& network, const ir::Node& node, std::span<const Dim> lead,
                                const Dim& count);

}  // namespace lathe::passes
