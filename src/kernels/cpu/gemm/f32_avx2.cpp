// 6 rows by 16 columns: twelve sums, two vectors of W and a broadcast element of X fill the sixteen registers.
#include "kernels/cpu/gemm/driver_impl.h"

namespace lathe::cpu {
namespace {

// The compiler's own choice of operands copies sums between registers and computes an address a load; these two fix
// the form of the instructions and leave it the registers and the order.

LATHE_SIMD void add_product(__m256& sum, __m256 a, __m256 b) {
  __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
}

/// Row `row` (0 .. 2) from x, four bytes times `offset` further on.
template <int row, int offset>
LATHE_SIMD __m256 broadcast(const float* x, int64_t stride) {
  __m256 v;
  if constexpr (row == 0)
    __asm__("vbroadcastss %c2(%1), %0"
            : "=x"(v)
            : "r"(x), "i"(4 * offset), "m"(*reinterpret_cast<const float(*)[1 << 20]>(x)));
  else
    __asm__("vbroadcastss %c2(%1,%3,%c4), %0"
            : "=x"(v)
            : "r"(x), "i"(4 * offset), "r"(stride), "i"(4 * row), "m"(*reinterpret_cast<const float(*)[1 << 20]>(x)));
  return v;
}

template <int height>
struct Sums {
  __m256 v[height][2];

  template <int row, int offset>
  LATHE_SIMD void row_step(Sums& s, const float* x, const float* x3, int64_t stride, __m256 w0, __m256 w1) {
    if constexpr (row < height) {
      const __m256 a = broadcast<row % 3, offset>(row < 3 ? x : x3, stride);
      add_product(s.v[row][0], a, w0);
      add_product(s.v[row][1], a, w1);
    }
  }
  /// Adds the products of one value of k.
  template <int offset>
  LATHE_SIMD void step(Sums& s, const float* x, const float* x3, int64_t stride, const float* w) {
    const __m256 w0 = _mm256_loadu_ps(w + 16 * offset), w1 = _mm256_loadu_ps(w + 16 * offset + 8);
    row_step<0, offset>(s, x, x3, stride, w0, w1);
    row_step<1, offset>(s, x, x3, stride, w0, w1);
    row_step<2, offset>(s, x, x3, stride, w0, w1);
    row_step<3, offset>(s, x, x3, stride, w0, w1);
    row_step<4, offset>(s, x, x3, stride, w0, w1);
    row_step<5, offset>(s, x, x3, stride, w0, w1);
  }
};

/// `dense`: the only tile of its chunk, so that it asks for as many lines of W as it reads.
template <int height, bool dense>
void tile(const float* x, int64_t x_stride, const float* w, int64_t k, float* sums, int64_t sums_stride, bool add,
          Ahead ahead) {
  using S = Sums<height>;
  S s;
#pragma GCC unroll 6
  for (int r = 0; r < height; ++r) s.v[r][0] = s.v[r][1] = _mm256_setzero_ps();
  const float* x3 = x + 3 * x_stride;
  const char* next = ahead.address;
  for (; k >= 4; k -= 4) {
    _mm_prefetch(next, _MM_HINT_T1);
    S::template step<0>(s, x, x3, x_stride, w);
    _mm_prefetch(next + 64, _MM_HINT_T1);
    S::template step<1>(s, x, x3, x_stride, w);
    if constexpr (dense) _mm_prefetch(next + 128, _MM_HINT_T1);
    S::template step<2>(s, x, x3, x_stride, w);
    if constexpr (dense) _mm_prefetch(next + 192, _MM_HINT_T1);
    S::template step<3>(s, x, x3, x_stride, w);
    x += 4;
    x3 += 4;
    w += 64;
    next += ahead.step;
  }
  for (; k > 0; --k, ++x, ++x3, w += 16) S::template step<0>(s, x, x3, x_stride, w);
#pragma GCC unroll 6
  for (int r = 0; r < height; ++r) {
    float* out = sums + r * sums_stride;
    if (add) {
      s.v[r][0] = _mm256_add_ps(_mm256_loadu_ps(out), s.v[r][0]);
      s.v[r][1] = _mm256_add_ps(_mm256_loadu_ps(out + 8), s.v[r][1]);
    }
    _mm256_storeu_ps(out, s.v[r][0]);
    _mm256_storeu_ps(out + 8, s.v[r][1]);
  }
}

struct Tile {
  using X = float;
  using W = float;
  using Y = float;
  static constexpr int rows = 6, panels = 1;
  static constexpr int64_t k_block = 384;
  static int64_t w_stride(int64_t k) { return k * kGemmPanel; }

  static void run(int height, int, const float* x, int64_t x_stride, const float* w, int64_t, int64_t k, float* sums,
                  int64_t sums_stride, bool add, Ahead ahead) {
    using Function = void (*)(const float*, int64_t, const float*, int64_t, float*, int64_t, bool, Ahead);
    static constexpr Function shared[] = {tile<1, false>, tile<2, false>, tile<3, false>,
                                          tile<4, false>, tile<5, false>, tile<6, false>};
    static constexpr Function only[] = {tile<1, true>, tile<2, true>, tile<3, true>,
                                        tile<4, true>, tile<5, true>, tile<6, true>};
    const bool dense = ahead.step == kAllLines;
    (dense ? only : shared)[height - 1](x, x_stride, w, k, sums, sums_stride, add, ahead);
  }
};

}  // namespace

LATHE_GEMM_FUNCTIONS(gemm_f32_avx2, Tile)

}  // namespace lathe::cpu
