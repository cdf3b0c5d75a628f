#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "kernels/cpu/lane.h"
#include "lathe/types.h"

// Programs of element-by-element steps over any number of inputs that broadcast to one output. A member of the team
// takes a chunk of the output at a time through all steps, so that what they hand on stays in the L1 cache.
namespace lathe::cpu {

enum class PointwiseOp : uint8_t {
#define LATHE_OP1(name) name,
#define LATHE_OP2(name) name,
#define LATHE_COMPARE(name) name,
#define LATHE_ACT(name) name,
#include "kernels/cpu/pointwise/ops.inc"
#undef LATHE_OP1
#undef LATHE_OP2
#undef LATHE_COMPARE
#undef LATHE_ACT
  where,
  cast,
};
/// By the text of ops' kinds: "add", "not", "gelu_tanh", "where".
std::optional<PointwiseOp> find_pointwise_op(std::string_view name);

/// The chunk of a program, in elements, and the bytes that a value of it takes.
inline constexpr int64_t kPointwiseChunk = 1024;
inline constexpr int64_t kPointwiseSlot = kPointwiseChunk * 8 + 64;
inline constexpr int kPointwiseInputs = 16, kPointwiseSteps = 32;

/// value[y] = op(value[a], value[b], value[c]). Results are rounded to their type, those of 16-bit floats too.
struct PointwiseStep {
  PointwiseOp op = PointwiseOp::none;
  DType type = DType::f32;  ///< of the operands; where: of a and b, whose c is the condition
  DType to = DType::f32;    ///< of the result
  int a = 0, b = 0, c = 0;  ///< values: inputs first, then the results of steps
  int slot = 0;             ///< where the result is kept
  double alpha = 1, beta = 1;
};

/// Element i of the output, row-major over `size`, reads p[sum of index_d(i) * step[d]]: steps in elements, 0 where the
/// input repeats. Sizes are those of the output, merged: no dimension of 1, none that continues the one before.
struct PointwiseInput {
  const void* p = nullptr;
  DType type = DType::f32;
  int rank = 0;
  int64_t size[8] = {}, step[8] = {};
  int slot = 0;  ///< its own: no step's
};

struct PointwiseArgs {
  const PointwiseInput* inputs = nullptr;
  const PointwiseStep* steps = nullptr;  ///< the last one's result is the output
  int input_count = 0, step_count = 0;
  void* y = nullptr;
  int64_t count = 0;             ///< elements of y, dense
  std::byte* scratch = nullptr;  ///< [team size, slots, kPointwiseSlot], 64-byte aligned
  int slots = 0;
};

struct PointwiseKernel {
  const char* name;  ///< "program.avx2"
  Isa isa;
  /// Called by every member of a team, each doing its share; the caller meets at a barrier afterwards.
  void (*run)(const PointwiseArgs& args, Team& team) noexcept;
};

std::span<const PointwiseKernel> pointwise_kernels();

}  // namespace lathe::cpu
