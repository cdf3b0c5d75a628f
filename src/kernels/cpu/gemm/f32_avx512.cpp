#include "kernels/cpu/gemm/tile_avx512_impl.h"

namespace lathe::cpu {
namespace {

struct Tile : Avx512Gemm<MultiplyF32, float, float, 1> {
  static int64_t w_stride(int64_t k) { return k * kGemmPanel; }
};

}  // namespace

LATHE_GEMM_FUNCTIONS(gemm_f32_avx512, Tile)

}  // namespace lathe::cpu
