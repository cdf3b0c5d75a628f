#include "kernels/cpu/gemm/tile_avx512_impl.h"

namespace lathe::cpu {
namespace {

using Tile = Avx512Gemm<MultiplyF32, float, float, 1>;

}  // namespace

LATHE_GEMM_FUNCTIONS(gemm_f32_avx512, Tile)

}  // namespace lathe::cpu
