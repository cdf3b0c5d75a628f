#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lathe::kernels {

/// What this machine can do at most, measured now. A multiply and an add count as two operations.
struct Peaks {
  int threads = 1;
  /// The best of their paths; 0 where the machine has none.
  double fp32_gflops = 0, bf16_gflops = 0;
  /// By data type and instruction set: {"fp32_avx2", 78.1}.
  std::vector<std::pair<std::string, double>> paths;
};

/// Takes about 0.1 s a path. Paths that need more than active_features() are left out.
Peaks measure_peaks(int threads);

/// The rate in GB/s at which `threads` read `bytes` over and over, in equal parts: give the size of a model's weights
/// to learn at what rate those can be streamed (from a cache, where they fit into one). Error(out_of_memory).
double measure_read_rate(int threads, size_t bytes);

}  // namespace lathe::kernels
