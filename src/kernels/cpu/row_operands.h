#pragma once
// What a product does with a row of its results, on simd.h's vectors.
#include "kernels/cpu/simd_math.h"

namespace lathe::cpu {
namespace {

using namespace simd;

/// The operands of one row; of the two residuals at most one is there.
template <class Residual>
struct RowOperands {
  const float* bias;
  const Residual *before, *after;  ///< the activation
  ActivationParameters parameters;

  template <Activation A, class Out, class Lanes>
  LATHE_SIMD void finish(const RowOperands& row, f32v v, Out* out, int64_t c, Lanes lanes) {
    if (row.bias != nullptr) v = v + load(row.bias + c, lanes);
    if (row.before != nullptr) v = v + load(row.before + c, lanes);
    v = simd::activate<A, Out>(v, row.parameters);
    if (row.after != nullptr) v = v + load(row.after + c, lanes);
    store(out + c, v, lanes);
  }
};

}  // namespace
}  // namespace lathe::cpu
