#pragma once
#include <cstdint>

namespace lathe::test {

/// How often this process has called operator new so far, on any thread.
int64_t allocations();

}  // namespace lathe::test
