#pragma once
#include <string>

#include "ir/network.h"

namespace lathe::compiler {

/// The passes of a build that know no machine, over a network and its blocks: ops are fused as far as the algebra goes,
/// whatever kernels there are, and what has no meaning outside a plan stays out: packed rows, orders of channels.
/// `switches` as CompileOptions has them. Padding stays exact.
void optimise_portably(ir::Network& network, const std::string& switches);

}  // namespace lathe::compiler
