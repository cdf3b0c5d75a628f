#include "passes/layout.h"

namespace lathe::passes {

bool is_identity(const std::vector<int64_t>& perm) {
  for (std::size_t d = 0; d < perm.size(); ++d)
    if (perm[d] != static_cast<int64_t>(d)) return false;
  return true;
}

}  // namespace lathe::passes
