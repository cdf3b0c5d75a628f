#pragma once
#include <optional>

#include "tests/suites/harness.h"

namespace lathe::test {

/// What the case's op, spelt in simpler ops, and these in turn until none has a spelling, gives on the reference;
/// nothing where the op has no spelling. Throws where that never ends (a circle), and where a spelling's type is
/// another than its op's.
std::optional<HostTensor> spelt(const Case& of);

}  // namespace lathe::test
