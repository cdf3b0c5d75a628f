// Other arrangements of the AVX512_BF16 product, for gemm_lab.
#include "gemm_variants.h"
#include "kernels/cpu/gemm/tile_avx512_impl.h"

namespace lathe::cpu {
namespace {

template <int64_t block, int rows, auto hint = _MM_HINT_T1>
using Tile = Avx512Gemm<MultiplyBf16, simd::bf16, simd::bf16, 2, block, rows, hint>;
using K384 = Tile<192, 12>;
using K1536 = Tile<768, 12>;
using R8 = Tile<384, 8>;
using Near = Tile<384, 12, _MM_HINT_T0>;

}  // namespace

LATHE_GEMM_FUNCTIONS(lab_bf16_k384, K384)
LATHE_GEMM_FUNCTIONS(lab_bf16_k1536, K1536)
LATHE_GEMM_FUNCTIONS(lab_bf16_r8, R8)
LATHE_GEMM_FUNCTIONS(lab_bf16_near, Near)

#define LATHE_LAB(symbol, name, rows) \
  { name, Isa::avx512_bf16, DType::bf16, DType::bf16, DType::bf16, rows, 2, 64, symbol##_multiply, symbol##_normalize }
extern const GemmKernel lab_bf16_variants[4] = {LATHE_LAB(lab_bf16_k384, "bf16.avx512_bf16.12x32.k384", 12),
                                                LATHE_LAB(lab_bf16_k1536, "bf16.avx512_bf16.12x32.k1536", 12),
                                                LATHE_LAB(lab_bf16_r8, "bf16.avx512_bf16.8x32", 8),
                                                LATHE_LAB(lab_bf16_near, "bf16.avx512_bf16.12x32.t0", 12)};

}  // namespace lathe::cpu
