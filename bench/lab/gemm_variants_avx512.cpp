// Other arrangements of the AVX-512 product, for gemm_lab.
#include "gemm_variants.h"
#include "kernels/cpu/gemm/tile_avx512_impl.h"

namespace lathe::cpu {
namespace {

template <int64_t block, int rows, auto hint = _MM_HINT_T1>
using Tile = Avx512Gemm<MultiplyF32, float, float, 1, block, rows, hint>;
using K192 = Tile<192, 12>;
using K768 = Tile<768, 12>;
using R8 = Tile<384, 8>;
using Near = Tile<384, 12, _MM_HINT_T0>;

}  // namespace

LATHE_GEMM_FUNCTIONS(lab_f32_k192, K192)
LATHE_GEMM_FUNCTIONS(lab_f32_k768, K768)
LATHE_GEMM_FUNCTIONS(lab_f32_r8, R8)
LATHE_GEMM_FUNCTIONS(lab_f32_near, Near)

#define LATHE_LAB(symbol, name, rows) \
  { name, Isa::avx512, DType::f32, DType::f32, DType::f32, rows, 2, 32, symbol##_multiply, symbol##_normalize }
extern const GemmKernel lab_f32_variants[4] = {
    LATHE_LAB(lab_f32_k192, "f32.avx512.12x32.k192", 12), LATHE_LAB(lab_f32_k768, "f32.avx512.12x32.k768", 12),
    LATHE_LAB(lab_f32_r8, "f32.avx512.8x32", 8), LATHE_LAB(lab_f32_near, "f32.avx512.12x32.t0", 12)};

}  // namespace lathe::cpu
