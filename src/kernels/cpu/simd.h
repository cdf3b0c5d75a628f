#pragma once
// A vector of floats in the widest registers that the including source is compiled for: 8 lanes with AVX2, 16 with
// AVX-512. Kernels are written once on these names (in <family>_impl.h) and compiled once an instruction set.
// Everything is always inlined and local to its source, so that no copy compiled for a newer machine can be linked
// into code for an older one. For the same reason kernel sources use no templates or inline functions of the
// standard library.
#if defined(__GNUC__) && !defined(__clang__)
// GCC's own AVX-512 intrinsics read "undefined" vectors on purpose.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>

// LATHE_ONLY_<isa>(code) is code in the source compiled for that instruction set and nothing elsewhere: a family lists
// its kernels once (kernels.inc) and each source defines those of its own set.
#if defined(__AMX_BF16__)
#define LATHE_ONLY_amx_bf16(...) __VA_ARGS__
#else
#define LATHE_ONLY_amx_bf16(...)
#endif
#if defined(__AVX512BF16__) && !defined(__AMX_BF16__)
#define LATHE_ONLY_avx512_bf16(...) __VA_ARGS__
#else
#define LATHE_ONLY_avx512_bf16(...)
#endif
#if defined(__AVX512F__) && !defined(__AVX512BF16__)
#define LATHE_ONLY_avx512(...) __VA_ARGS__
#else
#define LATHE_ONLY_avx512(...)
#endif
#if !defined(__AVX512F__)
#define LATHE_ONLY_avx2(...) __VA_ARGS__
#else
#define LATHE_ONLY_avx2(...)
#endif

#define LATHE_SIMD [[maybe_unused]] static inline __attribute__((always_inline))

namespace lathe::simd {

/// Storage formats as distinct types, so that load() and store() convert by overload.
using f32 = float;
struct bf16 {
  uint16_t bits;
};
struct f16 {
  uint16_t bits;
};

namespace {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
using f32v = __m512;
using i32v = __m512i;
using Mask = __mmask16;
using HalfBits = __m256i;  // kWidth 16-bit words

LATHE_SIMD f32v set1(float x) { return _mm512_set1_ps(x); }
LATHE_SIMD i32v set1_i32(int32_t x) { return _mm512_set1_epi32(x); }
LATHE_SIMD f32v as_f32(i32v x) { return _mm512_castsi512_ps(x); }
LATHE_SIMD i32v as_i32(f32v x) { return _mm512_castps_si512(x); }
LATHE_SIMD f32v fma(f32v a, f32v b, f32v c) { return _mm512_fmadd_ps(a, b, c); }
LATHE_SIMD f32v fnma(f32v a, f32v b, f32v c) { return _mm512_fnmadd_ps(a, b, c); }
LATHE_SIMD f32v fms(f32v a, f32v b, f32v c) { return _mm512_fmsub_ps(a, b, c); }
// min and max answer the second operand when either is NaN: put the data there to let NaN through.
LATHE_SIMD f32v min(f32v a, f32v b) { return _mm512_maskz_min_ps(0xffff, a, b); }
LATHE_SIMD f32v max(f32v a, f32v b) { return _mm512_maskz_max_ps(0xffff, a, b); }
LATHE_SIMD f32v sqrt(f32v a) { return _mm512_maskz_sqrt_ps(0xffff, a); }
LATHE_SIMD f32v bit_and(f32v a, f32v b) { return _mm512_and_ps(a, b); }
LATHE_SIMD f32v bit_or(f32v a, f32v b) { return _mm512_or_ps(a, b); }
LATHE_SIMD f32v bit_xor(f32v a, f32v b) { return _mm512_xor_ps(a, b); }
LATHE_SIMD Mask less(f32v a, f32v b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
LATHE_SIMD Mask is_nan(f32v a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q); }
LATHE_SIMD f32v select(Mask m, f32v yes, f32v no) { return _mm512_mask_blend_ps(m, no, yes); }
/// bits(x) + (bits(n) << 23): x times 2^n where n's low bits hold an integer.
LATHE_SIMD f32v add_exponent(f32v x, f32v n) {
  return as_f32(_mm512_add_epi32(as_i32(x), _mm512_slli_epi32(as_i32(n), 23)));
}
/// The first n lanes (0 <= n <= kWidth).
LATHE_SIMD Mask first(int n) { return static_cast<Mask>(_bzhi_u32(0xffffu, static_cast<unsigned>(n))); }

LATHE_SIMD f32v load(const float* p) { return _mm512_loadu_ps(p); }
LATHE_SIMD void store(float* p, f32v v) { _mm512_storeu_ps(p, v); }
LATHE_SIMD f32v load(const float* p, Mask m) { return _mm512_maskz_loadu_ps(m, p); }
LATHE_SIMD void store(float* p, f32v v, Mask m) { _mm512_mask_storeu_ps(p, m, v); }

LATHE_SIMD HalfBits load_bits(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
LATHE_SIMD void store_bits(void* p, HalfBits v) { _mm256_storeu_si256(static_cast<__m256i*>(p), v); }
LATHE_SIMD HalfBits load_bits(const void* p, int n) { return _mm256_maskz_loadu_epi16(first(n), p); }
LATHE_SIMD void store_bits(void* p, HalfBits v, int n) { _mm256_mask_storeu_epi16(p, first(n), v); }

LATHE_SIMD f32v widen_bf16(HalfBits h) { return as_f32(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16)); }
LATHE_SIMD f32v widen_f16(HalfBits h) { return _mm512_maskz_cvtph_ps(0xffff, h); }
LATHE_SIMD HalfBits narrow_f16(f32v v) { return _mm512_maskz_cvtps_ph(0xffff, v, _MM_FROUND_TO_NEAREST_INT); }
LATHE_SIMD HalfBits narrow_bf16(f32v v) {
#if defined(__AVX512BF16__)
  return reinterpret_cast<HalfBits>(_mm512_cvtneps_pbh(v));
#else
  i32v u = as_i32(v), odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), set1_i32(1));
  i32v rounded = _mm512_add_epi32(_mm512_add_epi32(u, set1_i32(0x7fff)), odd);
  Mask nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  rounded = _mm512_mask_or_epi32(rounded, nan, u, set1_i32(0x400000));
  return _mm512_maskz_cvtepi32_epi16(0xffff, _mm512_srli_epi32(rounded, 16));
#endif
}

#if defined(__AVX512BF16__)
/// c + the sum of the products of two pairs of bf16, a lane.
LATHE_SIMD f32v dot_bf16(f32v x, f32v y, f32v c) {
  return _mm512_dpbf16_ps(c, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(y));
}
#endif
/// Lanes of 32 bits: the upper 16 from `high`, the lower from `low`.
LATHE_SIMD f32v zip_bits(HalfBits low, HalfBits high) {
  return as_f32(_mm512_or_si512(_mm512_cvtepu16_epi32(low), _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16)));
}

LATHE_SIMD __m256 upper_half(f32v v) { return _mm512_extractf32x8_ps(v, 1); }
LATHE_SIMD __m256 lower_half(f32v v) { return _mm512_castps512_ps256(v); }
LATHE_SIMD __m256 fold_add(f32v v) { return _mm256_add_ps(lower_half(v), upper_half(v)); }
LATHE_SIMD __m256 fold_max(f32v v) { return _mm256_max_ps(lower_half(v), upper_half(v)); }

#else
constexpr int kWidth = 8;
using f32v = __m256;
using i32v = __m256i;
using Mask = __m256i;
using HalfBits = __m128i;

LATHE_SIMD f32v set1(float x) { return _mm256_set1_ps(x); }
LATHE_SIMD i32v set1_i32(int32_t x) { return _mm256_set1_epi32(x); }
LATHE_SIMD f32v as_f32(i32v x) { return _mm256_castsi256_ps(x); }
LATHE_SIMD i32v as_i32(f32v x) { return _mm256_castps_si256(x); }
LATHE_SIMD f32v fma(f32v a, f32v b, f32v c) { return _mm256_fmadd_ps(a, b, c); }
LATHE_SIMD f32v fnma(f32v a, f32v b, f32v c) { return _mm256_fnmadd_ps(a, b, c); }
LATHE_SIMD f32v fms(f32v a, f32v b, f32v c) { return _mm256_fmsub_ps(a, b, c); }
// min and max answer the second operand when either is NaN: put the data there to let NaN through.
LATHE_SIMD f32v min(f32v a, f32v b) { return _mm256_min_ps(a, b); }
LATHE_SIMD f32v max(f32v a, f32v b) { return _mm256_max_ps(a, b); }
LATHE_SIMD f32v sqrt(f32v a) { return _mm256_sqrt_ps(a); }
LATHE_SIMD f32v bit_and(f32v a, f32v b) { return _mm256_and_ps(a, b); }
LATHE_SIMD f32v bit_or(f32v a, f32v b) { return _mm256_or_ps(a, b); }
LATHE_SIMD f32v bit_xor(f32v a, f32v b) { return _mm256_xor_ps(a, b); }
LATHE_SIMD Mask less(f32v a, f32v b) { return as_i32(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
LATHE_SIMD Mask is_nan(f32v a) { return as_i32(_mm256_cmp_ps(a, a, _CMP_UNORD_Q)); }
LATHE_SIMD f32v select(Mask m, f32v yes, f32v no) { return _mm256_blendv_ps(no, yes, as_f32(m)); }
/// bits(x) + (bits(n) << 23): x times 2^n where n's low bits hold an integer.
LATHE_SIMD f32v add_exponent(f32v x, f32v n) {
  return as_f32(_mm256_add_epi32(as_i32(x), _mm256_slli_epi32(as_i32(n), 23)));
}
/// The first n lanes (0 <= n <= kWidth).
LATHE_SIMD Mask first(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

LATHE_SIMD f32v load(const float* p) { return _mm256_loadu_ps(p); }
LATHE_SIMD void store(float* p, f32v v) { _mm256_storeu_ps(p, v); }
LATHE_SIMD f32v load(const float* p, Mask m) { return _mm256_maskload_ps(p, m); }
LATHE_SIMD void store(float* p, f32v v, Mask m) { _mm256_maskstore_ps(p, m, v); }

LATHE_SIMD HalfBits load_bits(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
LATHE_SIMD void store_bits(void* p, HalfBits v) { _mm_storeu_si128(static_cast<__m128i*>(p), v); }
LATHE_SIMD HalfBits load_bits(const void* p, int n) {
  alignas(16) uint16_t words[8] = {};
  for (int i = 0; i < n; ++i) std::memcpy(words + i, static_cast<const char*>(p) + 2 * i, 2);
  return _mm_load_si128(reinterpret_cast<const __m128i*>(words));
}
LATHE_SIMD void store_bits(void* p, HalfBits v, int n) {
  alignas(16) uint16_t words[8];
  _mm_store_si128(reinterpret_cast<__m128i*>(words), v);
  for (int i = 0; i < n; ++i) std::memcpy(static_cast<char*>(p) + 2 * i, words + i, 2);
}

LATHE_SIMD f32v widen_bf16(HalfBits h) { return as_f32(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16)); }
LATHE_SIMD f32v widen_f16(HalfBits h) { return _mm256_cvtph_ps(h); }
LATHE_SIMD HalfBits narrow_f16(f32v v) { return _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT); }
LATHE_SIMD HalfBits narrow_bf16(f32v v) {
  i32v u = as_i32(v), odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), set1_i32(1));
  i32v rounded = _mm256_add_epi32(_mm256_add_epi32(u, set1_i32(0x7fff)), odd);
  i32v nan = as_i32(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
  rounded = _mm256_blendv_epi8(rounded, _mm256_or_si256(u, set1_i32(0x400000)), nan);
  rounded = _mm256_srli_epi32(rounded, 16);
  return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi32(rounded, rounded), 0x08));
}

LATHE_SIMD __m256 lower_half(f32v v) { return v; }
LATHE_SIMD __m256 fold_add(f32v v) { return v; }
LATHE_SIMD __m256 fold_max(f32v v) { return v; }
#endif

LATHE_SIMD f32v zero() { return set1(0.0f); }
LATHE_SIMD f32v abs(f32v x) { return bit_and(x, as_f32(set1_i32(0x7fffffff))); }
LATHE_SIMD f32v sign_bit(f32v x) { return bit_and(x, as_f32(set1_i32(static_cast<int32_t>(0x80000000u)))); }

// Elements of 16 bits convert on the way. The forms with n touch only the first n elements (0 <= n <= kWidth);
// lanes beyond read as zero.
LATHE_SIMD f32v load(const bf16* p) { return widen_bf16(load_bits(p)); }
LATHE_SIMD f32v load(const f16* p) { return widen_f16(load_bits(p)); }
LATHE_SIMD void store(bf16* p, f32v v) { store_bits(p, narrow_bf16(v)); }
LATHE_SIMD void store(f16* p, f32v v) { store_bits(p, narrow_f16(v)); }
LATHE_SIMD f32v load(const float* p, int n) { return load(p, first(n)); }
LATHE_SIMD f32v load(const bf16* p, int n) { return widen_bf16(load_bits(p, n)); }
LATHE_SIMD f32v load(const f16* p, int n) { return widen_f16(load_bits(p, n)); }
LATHE_SIMD void store(float* p, f32v v, int n) { store(p, v, first(n)); }
LATHE_SIMD void store(bf16* p, f32v v, int n) { store_bits(p, narrow_bf16(v), n); }
LATHE_SIMD void store(f16* p, f32v v, int n) { store_bits(p, narrow_f16(v), n); }

/// The loop over a row: f(c, lanes) for c = 0, kWidth, ..., where lanes goes on to load() and store(): All{} for whole
/// vectors, then the number of elements left.
struct All {};
LATHE_SIMD f32v load(const float* p, All) { return load(p); }
LATHE_SIMD f32v load(const bf16* p, All) { return load(p); }
LATHE_SIMD f32v load(const f16* p, All) { return load(p); }
LATHE_SIMD void store(float* p, f32v v, All) { store(p, v); }
LATHE_SIMD void store(bf16* p, f32v v, All) { store(p, v); }
LATHE_SIMD void store(f16* p, f32v v, All) { store(p, v); }
/// v with zeros, or `other`, in the lanes that are left out.
LATHE_SIMD f32v keep(f32v v, All) { return v; }
LATHE_SIMD f32v keep(f32v v, int n) { return select(first(n), v, zero()); }
LATHE_SIMD f32v keep(f32v v, All, f32v) { return v; }
LATHE_SIMD f32v keep(f32v v, int n, f32v other) { return select(first(n), v, other); }
/// One element.
LATHE_SIMD float load_one(const float* p) { return *p; }
LATHE_SIMD float load_one(const bf16* p) {
  return _mm_cvtss_f32(_mm_castsi128_ps(_mm_cvtsi32_si128(static_cast<int>(static_cast<uint32_t>(p->bits) << 16))));
}
LATHE_SIMD float load_one(const f16* p) { return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(p->bits))); }

template <class F>
LATHE_SIMD void for_row(int64_t n, F f) {
  int64_t c = 0;
  for (; c + kWidth <= n; c += kWidth) f(c, All{});
  if (c < n) f(c, static_cast<int>(n - c));
}
/// The same where f(accumulator, c, lanes) answers the accumulator's next value; four run side by side, to be summed.
template <class F>
LATHE_SIMD f32v sum_row(int64_t n, F f) {
  f32v a0 = zero(), a1 = zero(), a2 = zero(), a3 = zero();
  int64_t c = 0;
  for (; c + 4 * kWidth <= n; c += 4 * kWidth) {
    a0 = f(a0, c, All{});
    a1 = f(a1, c + kWidth, All{});
    a2 = f(a2, c + 2 * kWidth, All{});
    a3 = f(a3, c + 3 * kWidth, All{});
  }
  for (; c + kWidth <= n; c += kWidth) a0 = f(a0, c, All{});
  if (c < n) a1 = f(a1, c, static_cast<int>(n - c));
  return (a0 + a1) + (a2 + a3);
}

/// Sum and largest of all lanes; the order of additions is fixed for a width.
LATHE_SIMD float sum(f32v v) {
  __m256 a = fold_add(v);
  __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  b = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}
LATHE_SIMD float max_of(f32v v) {
  __m256 a = fold_max(v);
  __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  b = _mm_max_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_max_ss(b, _mm_movehdup_ps(b)));
}

}  // namespace
}  // namespace lathe::simd
