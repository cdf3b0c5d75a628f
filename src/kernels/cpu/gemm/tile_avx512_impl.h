#pragma once
// 12 rows by 32 columns: 24 sums, two vectors of W and a broadcast element of X in 32 registers. A step is one value of
// k for f32 and a pair of values for bf16: four bytes of each row of X, 64 bytes of each panel of W.
#include "kernels/cpu/gemm/driver_impl.h"

namespace lathe::cpu {
namespace {

// The compiler's own choice of operands copies sums between registers and computes an address a load; these two fix
// the form of the instructions and leave it the registers and the order.

struct MultiplyF32 {
  LATHE_SIMD void add_product(__m512& sum, __m512 a, __m512 b) {
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  }
};

struct MultiplyBf16 {
  LATHE_SIMD void add_product(__m512& sum, __m512 a, __m512 b) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  }
};

/// Row `row` (0 .. 2) from x, four bytes times `offset` further on.
template <int row, int offset>
LATHE_SIMD __m512 broadcast(const char* x, int64_t stride) {
  __m512 v;
  if constexpr (row == 0)
    __asm__("vbroadcastss %c2(%1), %0"
            : "=v"(v)
            : "r"(x), "i"(4 * offset), "m"(*reinterpret_cast<const char(*)[1 << 20]>(x)));
  else
    __asm__("vbroadcastss %c2(%1,%3,%c4), %0"
            : "=v"(v)
            : "r"(x), "i"(4 * offset), "r"(stride), "i"(row), "m"(*reinterpret_cast<const char(*)[1 << 20]>(x)));
  return v;
}

/// `columns` counts panels. `dense`: the only tile of its chunk, so that it asks for as many lines of W as it reads.
/// W is asked for into the second-level cache: there are more requests in flight than the first level has buffers for.
/// `hint` is an enumerator for GCC and an integer for clang.
template <class Multiply, int height, int columns, bool dense, auto hint>
struct Avx512Tile {
  static constexpr int kStep = 64;  ///< bytes of a panel

  template <int row, int offset>
  LATHE_SIMD void row_step(__m512 (&sums)[height][columns], const char* const (&x)[4], int64_t stride,
                           const __m512 (&w)[columns]) {
    if constexpr (row < height) {
      const __m512 a = broadcast<row % 3, offset>(x[row / 3], stride);
#pragma GCC unroll 2
      for (int c = 0; c < columns; ++c) Multiply::add_product(sums[row][c], a, w[c]);
    }
  }
  template <int offset>
  LATHE_SIMD void step(__m512 (&sums)[height][columns], const char* const (&x)[4], int64_t stride, const char* w,
                       int64_t w_stride) {
    __m512 panels[columns];
#pragma GCC unroll 2
    for (int c = 0; c < columns; ++c) panels[c] = _mm512_loadu_ps(w + c * w_stride + kStep * offset);
    row_step<0, offset>(sums, x, stride, panels);
    row_step<1, offset>(sums, x, stride, panels);
    row_step<2, offset>(sums, x, stride, panels);
    row_step<3, offset>(sums, x, stride, panels);
    row_step<4, offset>(sums, x, stride, panels);
    row_step<5, offset>(sums, x, stride, panels);
    row_step<6, offset>(sums, x, stride, panels);
    row_step<7, offset>(sums, x, stride, panels);
    row_step<8, offset>(sums, x, stride, panels);
    row_step<9, offset>(sums, x, stride, panels);
    row_step<10, offset>(sums, x, stride, panels);
    row_step<11, offset>(sums, x, stride, panels);
  }
  LATHE_SIMD void fetch(const char* next, int64_t w_stride) {
#pragma GCC unroll 2
    for (int c = 0; c < columns; ++c) _mm_prefetch(next + c * w_stride, hint);
  }

  static void run(const char* x0, int64_t x_stride, const char* w, int64_t w_stride, int64_t steps, float* out,
                  int64_t out_stride, bool add, Ahead ahead) {
    __m512 sums[height][columns];
#pragma GCC unroll 12
    for (int r = 0; r < height; ++r)
#pragma GCC unroll 2
      for (int c = 0; c < columns; ++c) sums[r][c] = _mm512_setzero_ps();
    const char* x[4] = {x0, x0 + 3 * x_stride, x0 + 6 * x_stride, x0 + 9 * x_stride};
    const char* next = ahead.address;
    for (; steps >= 4; steps -= 4) {
      fetch(next, w_stride);
      step<0>(sums, x, x_stride, w, w_stride);
      fetch(next + 64, w_stride);
      step<1>(sums, x, x_stride, w, w_stride);
      if constexpr (dense) fetch(next + 128, w_stride);
      step<2>(sums, x, x_stride, w, w_stride);
      if constexpr (dense) fetch(next + 192, w_stride);
      step<3>(sums, x, x_stride, w, w_stride);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) x[i] += 16;
      w += 4 * kStep;
      next += ahead.step;
    }
    for (; steps > 0; --steps) {
      step<0>(sums, x, x_stride, w, w_stride);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) x[i] += 4;
      w += kStep;
    }
#pragma GCC unroll 12
    for (int r = 0; r < height; ++r)
#pragma GCC unroll 2
      for (int c = 0; c < columns; ++c) {
        float* at = out + r * out_stride + kGemmPanel * c;
        _mm512_storeu_ps(at, add ? _mm512_add_ps(_mm512_loadu_ps(at), sums[r][c]) : sums[r][c]);
      }
  }
};

using Avx512Run = void (*)(const char*, int64_t, const char*, int64_t, int64_t, float*, int64_t, bool, Ahead);

template <class Multiply, int columns, bool dense, auto hint>
struct Avx512Runs {
  static constexpr Avx512Run by_height[12] = {
      Avx512Tile<Multiply, 1, columns, dense, hint>::run,  Avx512Tile<Multiply, 2, columns, dense, hint>::run,
      Avx512Tile<Multiply, 3, columns, dense, hint>::run,  Avx512Tile<Multiply, 4, columns, dense, hint>::run,
      Avx512Tile<Multiply, 5, columns, dense, hint>::run,  Avx512Tile<Multiply, 6, columns, dense, hint>::run,
      Avx512Tile<Multiply, 7, columns, dense, hint>::run,  Avx512Tile<Multiply, 8, columns, dense, hint>::run,
      Avx512Tile<Multiply, 9, columns, dense, hint>::run,  Avx512Tile<Multiply, 10, columns, dense, hint>::run,
      Avx512Tile<Multiply, 11, columns, dense, hint>::run, Avx512Tile<Multiply, 12, columns, dense, hint>::run,
  };
};

/// The Tile of driver_impl.h. `pair`: values of k a step; `block`: steps of a block of k.
template <class Multiply, class X_, class Y_, int pair, int64_t block = 384, int tallest = 12, auto hint = _MM_HINT_T1>
struct Avx512Gemm {
  using X = X_;
  using W = X_;
  using Y = Y_;
  static constexpr int rows = tallest, panels = 2;
  static constexpr int64_t k_block = block * pair;
  static int64_t w_stride(int64_t k) { return (pair == 1 ? k : (k + 31) / 32 * 32) * kGemmPanel; }

  static void run(int height, int columns, const X* x, int64_t x_stride, const W* w, int64_t w_stride, int64_t k,
                  float* sums, int64_t sums_stride, bool add, Ahead ahead) {
    const bool dense = ahead.step == kAllLines;
    const Avx512Run* runs = columns == 2 ? dense ? Avx512Runs<Multiply, 2, true, hint>::by_height
                                                 : Avx512Runs<Multiply, 2, false, hint>::by_height
                            : dense      ? Avx512Runs<Multiply, 1, true, hint>::by_height
                                         : Avx512Runs<Multiply, 1, false, hint>::by_height;
    constexpr auto size = static_cast<int64_t>(sizeof(X));
    runs[height - 1](reinterpret_cast<const char*>(x), x_stride * size, reinterpret_cast<const char*>(w),
                     w_stride * size, (k + pair - 1) / pair, sums, sums_stride, add, ahead);
  }
};

}  // namespace
}  // namespace lathe::cpu
