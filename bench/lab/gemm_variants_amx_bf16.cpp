// Other arrangements of the AMX product, for gemm_lab.
#include "gemm_variants.h"
#include "kernels/cpu/gemm/amx_impl.h"

namespace lathe::cpu {
namespace {

constexpr AmxPlan kK768{.k_block = 768, .x_ahead = 0, .interleaved = true};
constexpr AmxPlan kK1536{.k_block = 1536, .x_ahead = 0, .interleaved = true};
constexpr AmxPlan kAhead2{.k_block = 384, .x_ahead = 2, .interleaved = true};
constexpr AmxPlan kAhead4{.k_block = 768, .x_ahead = 4, .interleaved = true};
constexpr AmxPlan kPlain{.k_block = 384, .x_ahead = 0, .interleaved = false};

}  // namespace

LATHE_GEMM_AMX(lab_amx_k768, kK768, bf16)
LATHE_GEMM_AMX(lab_amx_k1536, kK1536, bf16)
LATHE_GEMM_AMX(lab_amx_x2, kAhead2, bf16)
LATHE_GEMM_AMX(lab_amx_k768_x4, kAhead4, bf16)
LATHE_GEMM_AMX(lab_amx_plain, kPlain, bf16)

#define LATHE_LAB(symbol, name) \
  { name, Isa::amx_bf16, DType::bf16, DType::bf16, DType::bf16, 32, 2, 512, symbol##_multiply, symbol##_normalize }
extern const GemmKernel lab_amx_variants[5] = {
    LATHE_LAB(lab_amx_k768, "bf16.amx.k768"), LATHE_LAB(lab_amx_k1536, "bf16.amx.k1536"),
    LATHE_LAB(lab_amx_x2, "bf16.amx.k384.x2"), LATHE_LAB(lab_amx_k768_x4, "bf16.amx.k768.x4"),
    LATHE_LAB(lab_amx_plain, "bf16.amx.k384.plain")};

}  // namespace lathe::cpu
