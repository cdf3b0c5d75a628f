#pragma once
#include "kernels/cpu/gemm/gemm.h"

// Arrangements of the product kernels that lost or have yet to be timed: gemm_lab --variants times them beside the
// registered ones. A winner moves to src/.
namespace lathe::cpu {

extern const GemmKernel lab_f32_variants[4], lab_bf16_variants[4], lab_amx_variants[4];

}  // namespace lathe::cpu
