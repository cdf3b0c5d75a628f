#pragma once
#include <optional>
#include <span>

#include "ir/network.h"
#include "ops/rows.h"

namespace lathe::passes {

using Operand = ops::RowOperand;
using ops::has_rows;
using ops::RowForm;

/// The node's form on rows (ops/rows.h): where its result is [lead.., rest..] and each row of it is provably computed
/// from the same row of some operands alone, the op that gives [count, rest..] from operands [count, rest..]. Else
/// nothing.
std::optional<RowForm> row_form(const ir::Network& network, const ir::Node& node, std::span<const Dim> lead,
                                const Dim& count);

}  // namespace lathe::passes
