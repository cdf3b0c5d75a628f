#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

// Functions of the lines along one axis of a dense tensor [outer, n, inner]: line (o, i) is x[o, :, i]. A member of a
// team takes whole lines, those of neighbouring i side by side; the caller meets at a barrier afterwards.
namespace lathe::cpu {

struct Lines {
  DType type = DType::f32;
  const void* x = nullptr;
  void* y = nullptr;
  int64_t outer = 1, n = 1, inner = 1;
};

/// y = exp(x - max x) / sum exp(x - max x), or its logarithm; in FP32, of f32, f16 and bf16. A line of -infinity gives
/// zeros (-infinity), one with a NaN or +infinity NaN.
struct SoftmaxLines : Lines {
  bool log = false;
};

/// y [outer, inner] i64: the place of the largest (smallest) element, the first or the last of equal ones. NaN is both
/// the largest and the smallest. n > 0.
struct ArgLines : Lines {
  bool smallest = false, last = false;
};

/// y_i = the sum (product) of x_0 .. x_i, `exclusive`: of those before x_i, `reverse`: from the other end. Floats in
/// FP64, whole numbers wrap around.
struct CumulateLines : Lines {
  bool product = false, exclusive = false, reverse = false;
};

struct LinesKernel {
  const char* name;  ///< "lines.avx2"
  Isa isa;
  void (*softmax)(const SoftmaxLines& args, Team& team) noexcept;
  void (*arg)(const ArgLines& args, Team& team) noexcept;
  void (*cumulate)(const CumulateLines& args, Team& team) noexcept;
};

std::span<const LinesKernel> lines_kernels();

}  // namespace lathe::cpu
