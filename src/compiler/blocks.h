#pragma once
#include <functional>

#include "ir/network.h"

namespace lathe::compiler {

/// Rewrites the blocks of all nodes, those within blocks first: constants that a node gives to its blocks become
/// constants of theirs, then `optimise` works on each.
void optimise_blocks(ir::Network& network, const std::function<void(ir::Network& block)>& optimise);

}  // namespace lathe::compiler
