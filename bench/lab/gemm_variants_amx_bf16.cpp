// Other arrangements of the AMX product, for gemm_lab.
#include "gemm_variants.h"
#include "kernels/cpu/gemm/amx_impl.h"

namespace lathe::cpu {
namespace {

using enum AmxPlan::Overlap;
constexpr AmxPlan kNever{.overlap = never, .claim = true};
constexpr AmxPlan kAlways{.overlap = always, .claim = true};
constexpr AmxPlan kUnclaimed{.overlap = costly, .claim = false};

}  // namespace

LATHE_GEMM_AMX(lab_amx_never, kNever, bf16)
LATHE_GEMM_AMX(lab_amx_always, kAlways, bf16)
LATHE_GEMM_AMX(lab_amx_unclaimed, kUnclaimed, bf16)

#define LATHE_LAB(symbol, name) \
  { name, Isa::amx_bf16, DType::bf16, DType::bf16, DType::bf16, 32, 2, 512, symbol##_multiply, symbol##_normalize }
extern const GemmKernel lab_amx_variants[3] = {LATHE_LAB(lab_amx_never, "bf16.amx.overlap_never"),
                                               LATHE_LAB(lab_amx_always, "bf16.amx.overlap_always"),
                                               LATHE_LAB(lab_amx_unclaimed, "bf16.amx.unclaimed")};

}  // namespace lathe::cpu
