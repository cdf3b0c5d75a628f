#include "kernels/cpu/matmul/matmul.h"

#include <gtest/gtest.h>

namespace lathe::test {
namespace {

TEST(KernelMatMul, WorkspaceRisesWithEachSizeAndTheTeam) {
  constexpr int64_t kSizes[] = {0, 1, 2, 31, 33, 95, 97, 300, 513, 1023, 1100, 2000, 4369, 5000, 9000};
  for (const cpu::MatMulKernel& kernel : cpu::matmul_kernels()) {
    SCOPED_TRACE(kernel.name);
    for (int64_t other : {1, 100, 3000}) {
      size_t m = 0, n = 0, k = 0, team = 0;
      for (int64_t size : kSizes) {
        SCOPED_TRACE(size);
        const auto rises = [](size_t& last, size_t bytes) {
          EXPECT_GE(bytes, last);
          last = bytes;
        };
        rises(m, kernel.workspace_bytes(size, other, other, 2));
        rises(n, kernel.workspace_bytes(other, size, other, 2));
        rises(k, kernel.workspace_bytes(other, other, size, 2));
        rises(team, kernel.workspace_bytes(other, other, other, static_cast<int>(size) + 1));
      }
    }
  }
}

}  // namespace
}  // namespace lathe::test
