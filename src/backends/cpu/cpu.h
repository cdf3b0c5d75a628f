#pragma once
#include "backends/tactic.h"

namespace lathe::backends {

/// The processor's tactics: one a kernel of kernels/cpu, named cpu.<op>.<kernel>.
const Backend& cpu_backend();

}  // namespace lathe::backends
