#include "kernels/cpu/gemm/tile_avx512_impl.h"

namespace lathe::cpu {
namespace {

template <class Y>
using Tile = Avx512Gemm<MultiplyBf16, simd::bf16, Y, 2>;

}  // namespace

LATHE_GEMM_FUNCTIONS(gemm_bf16_avx512_bf16, Tile<simd::bf16>)
LATHE_GEMM_FUNCTIONS(gemm_bf16_f32_avx512_bf16, Tile<float>)

}  // namespace lathe::cpu
