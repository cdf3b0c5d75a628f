#include "kernels/cpu/gemm/amx_impl.h"

namespace lathe::cpu {
namespace {

constexpr AmxPlan kPlan{.overlap = AmxPlan::Overlap::costly, .claim = true, .ahead = 2048};

}  // namespace

LATHE_GEMM_AMX(gemm_bf16_amx_bf16, kPlan, bf16)
LATHE_GEMM_AMX(gemm_bf16_f32_amx_bf16, kPlan, float)

}  // namespace lathe::cpu
