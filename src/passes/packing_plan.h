#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ir/network.h"
#include "passes/pass.h"

namespace lathe::passes {

/// What a node is to packed rows.
enum class Move : uint8_t {
  token_wise,    ///< computed on packed rows as it is on padded ones (token_wise.h)
  masked,        ///< an op under the mask that has a packed form (ops/masked.h): attention, sequence_pool
  mask_product,  ///< x * mask of 0 and 1: zeros in hidden rows, which is what spreading packed rows gives
};

/// Which nodes may move to packed rows, and under which mask.
///
/// A node moves when it has a move and what it gives for hidden rows reaches nobody: only nodes that move, inputs that
/// masked ops skip (keys of attention, pooling), products with the mask (Padding::exact: where it is 0 or 1), and
/// outputs of Padding::dropped that have their rows under the mask (row_masks.h): those of another mask are others.
struct PackingPlan {
  ir::ValueId mask = ir::kNone;  ///< [batch, seq]; kNone: nothing is under a mask
  std::vector<Dim> lead;         ///< batch, seq
  std::map<ir::NodeId, Move> moves;
  std::vector<std::pair<std::string, std::string>> padded;  ///< nodes worth a word that stay, and why
};

/// Nodes are in order.
PackingPlan plan_packing(const ir::Network& network, Padding padding);

/// In x * mask: which operand is the mask, as numbers that broadcast over x's rows [batch, seq]; else -1.
int mask_operand(const ir::Network& network, const ir::Node& node, ir::ValueId mask, const std::vector<Dim>& lead);

}  // namespace lathe::passes
