#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lathe::passes {

/// Orders of dimensions as ops/transpose.h has them: [n, x.., c] from [n, c, x..].
std::vector<int64_t> channels_back(std::size_t rank);
/// [n, c, x..] from [n, x.., c].
std::vector<int64_t> channels_first(std::size_t rank);

}  // namespace lathe::passes
