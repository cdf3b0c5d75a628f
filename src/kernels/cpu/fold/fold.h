#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

// Reductions of any types over any dimensions. Floats are added up in FP64, whole numbers in 64 bits, where they wrap
// around. Called by every member of a team, each doing its share of the results; the caller meets at a barrier.
namespace lathe::cpu {

enum class Fold : uint8_t { sum, mean, max, min, prod };

/// Dimensions, outermost first: sizes and steps in elements.
struct FoldDims {
  int rank = 0;
  int64_t size[8] = {}, step[8] = {};
  /// One more, further in: a part of the last one where it goes on evenly.
  void add(int64_t n, int64_t by) {
    if (n == 1) return;
    if (rank > 0 && step[rank - 1] == by * n) {
      size[rank - 1] *= n;
      step[rank - 1] = by;
      return;
    }
    size[rank] = n;
    step[rank++] = by;
  }
};

/// y[k] = fold over f of x[sum k_d * kept.step[d] + sum f_d * folded.step[d]], k row-major over kept.size.
/// A NaN makes the result NaN; the mean of whole numbers truncates. Of nothing: sum 0, prod 1, mean NaN (of whole
/// numbers 0), max the lowest number of the type, min the highest.
struct FoldArgs {
  Fold fold = Fold::sum;
  DType type = DType::f32;
  const void* x = nullptr;
  void* y = nullptr;  ///< dense
  FoldDims kept, folded;
};

struct FoldKernel {
  const char* name;  ///< "fold.avx2"
  Isa isa;
  void (*run)(const FoldArgs& args, Team& team) noexcept;
};

std::span<const FoldKernel> fold_kernels();

}  // namespace lathe::cpu
