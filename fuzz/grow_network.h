#pragma once
#include "fuzz/choices.h"
#include "ir/network.h"

namespace lathe::fuzz {

/// A network of ops that the choices pick, over inputs, constants and what was made before; operands that an op's rule
/// refuses are passed over. Some values become outputs and entries.
ir::Network grow_network(Choices& choices);

}  // namespace lathe::fuzz
