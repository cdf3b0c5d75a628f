#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "base/activation.h"
#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

// Element-by-element kernels over matrices [rows, n]. They compute in FP32 and are called by every member of a team,
// each doing its share of the elements; the caller meets at a barrier afterwards. Strides count elements.
namespace lathe::cpu {

enum class BinaryOp : uint8_t { add, sub, mul, div, min, max };

/// An operand of a matrix [rows, n]: element (r, c) is p[(r % period) * stride + c], or p[(r % period) * stride] where
/// scalar is set. So stride = n: a full matrix; 0: one row for all; scalar, 1: a column; scalar, 0: one value.
struct BinaryOperand {
  const void* p = nullptr;
  int64_t stride = 0;
  bool scalar = false;
  int64_t period = 0;  ///< 0: no repetition
};

/// y = a (op) b. y may be a or b where those are full matrices of y's stride.
struct BinaryArgs {
  BinaryOp op = BinaryOp::add;
  BinaryOperand a, b;
  void* y = nullptr;
  int64_t rows = 0, n = 0, y_stride = 0;
};

enum class UnaryOp : uint8_t { copy, exp, erf, tanh, sqrt, rsqrt, recip, neg, abs, sigmoid, relu, gelu, gelu_tanh };
/// The unary form of an activation; nothing: there is none.
std::optional<UnaryOp> unary_op(Activation activation);

/// y = op(x). y may be x where the strides are equal.
struct UnaryArgs {
  UnaryOp op = UnaryOp::copy;
  const void* x = nullptr;
  void* y = nullptr;
  int64_t rows = 0, n = 0, x_stride = 0, y_stride = 0;
};

/// y = x in another type: widening is exact, narrowing rounds to nearest even (f16 overflows to infinity).
struct CastArgs {
  const void* x = nullptr;
  void* y = nullptr;
  int64_t rows = 0, n = 0, x_stride = 0, y_stride = 0;
};

struct BinaryKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  DType type;
  void (*run)(const BinaryArgs& args, Team& team) noexcept;
};
struct UnaryKernel {
  const char* name;
  Isa isa;
  DType type;
  void (*run)(const UnaryArgs& args, Team& team) noexcept;
};
struct CastKernel {
  const char* name;  ///< "f32.bf16.avx2": from, to
  Isa isa;
  DType from, to;
  void (*run)(const CastArgs& args, Team& team) noexcept;
};

std::span<const BinaryKernel> binary_kernels();
std::span<const UnaryKernel> unary_kernels();
std::span<const CastKernel> cast_kernels();

}  // namespace lathe::cpu
