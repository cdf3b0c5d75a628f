#pragma once
#include "ir/network.h"

namespace lathe::ir {

/// Checks what every pass may rely on: each value is produced before it is used, types are what the ops' rules say,
/// constants have the bytes of their type, links between nodes and values agree, names are unique.
/// Error(internal) names the node or value at fault.
void verify(const Network& network);

}  // namespace lathe::ir
