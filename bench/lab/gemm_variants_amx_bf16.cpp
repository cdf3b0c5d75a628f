// Other arrangements of the AMX product, for gemm_lab.
#include "gemm_variants.h"
#include "kernels/cpu/gemm/amx_impl.h"

namespace lathe::cpu {
namespace {

using enum AmxPlan::Overlap;
constexpr AmxPlan kNever{.overlap = never, .claim = true, .ahead = 2048};
constexpr AmxPlan kAlways{.overlap = always, .claim = true, .ahead = 2048};
constexpr AmxPlan kUnclaimed{.overlap = costly, .claim = false, .ahead = 2048};
constexpr AmxPlan kNextPanels{.overlap = costly, .claim = true, .ahead = 0};

}  // namespace

LATHE_GEMM_AMX(lab_amx_never, kNever, bf16)
LATHE_GEMM_AMX(lab_amx_always, kAlways, bf16)
LATHE_GEMM_AMX(lab_amx_unclaimed, kUnclaimed, bf16)
LATHE_GEMM_AMX(lab_amx_next_panels, kNextPanels, bf16)

#define LATHE_LAB(symbol, name) \
  { name, Isa::amx_bf16, DType::bf16, DType::bf16, DType::bf16, 32, 2, 512, symbol##_multiply, symbol##_normalize }
extern const GemmKernel lab_amx_variants[4] = {
    LATHE_LAB(lab_amx_never, "bf16.amx.overlap_never"), LATHE_LAB(lab_amx_always, "bf16.amx.overlap_always"),
    LATHE_LAB(lab_amx_unclaimed, "bf16.amx.unclaimed"), LATHE_LAB(lab_amx_next_panels, "bf16.amx.next_panels")};

}  // namespace lathe::cpu
