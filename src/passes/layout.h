#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lathe::passes {

/// Whether an order of dimensions, as ops/transpose.h has them, is the one that they have.
bool is_identity(const std::vector<int64_t>& perm);

}  // namespace lathe::passes
