#pragma once
// What reductions keep while they go on: wider than the lanes of elements.
#include "kernels/cpu/fold/fold.h"
#include "kernels/cpu/lanes.h"

namespace lathe::cpu {
namespace {

template <class Lane>
struct SumOf {
  using type = int64_t;
};
template <>
struct SumOf<float> {
  using type = double;
};
template <>
struct SumOf<double> {
  using type = double;
};
template <>
struct SumOf<uint64_t> {
  using type = uint64_t;
};

template <class A>
constexpr bool kIsWhole = static_cast<A>(0.5) == static_cast<A>(0);

/// Whole numbers wrap around.
template <Fold kFold, class A>
LATHE_SIMD A join(A sum, A x) {
  if constexpr (kFold == Fold::max) return sum > x || sum != sum ? sum : x;
  if constexpr (kFold == Fold::min) return sum < x || sum != sum ? sum : x;
  if constexpr (!kIsWhole<A>) return kFold == Fold::prod ? sum * x : sum + x;
  const auto a = static_cast<uint64_t>(sum), b = static_cast<uint64_t>(x);
  return static_cast<A>(kFold == Fold::prod ? a * b : a + b);
}

/// The lowest or the highest number of a type.
LATHE_SIMD void end_of(DType, bool lowest, double* end) { *end = lowest ? -__builtin_inf() : __builtin_inf(); }
LATHE_SIMD void end_of(DType, bool lowest, uint64_t* end) { *end = lowest ? 0 : UINT64_MAX; }
LATHE_SIMD void end_of(DType type, bool lowest, int64_t* end) {
  switch (type) {
    case DType::i64: *end = lowest ? INT64_MIN : INT64_MAX; return;
    case DType::i32: *end = lowest ? INT32_MIN : INT32_MAX; return;
    case DType::i16: *end = lowest ? INT16_MIN : INT16_MAX; return;
    case DType::i8: *end = lowest ? INT8_MIN : INT8_MAX; return;
    case DType::u32: *end = lowest ? 0 : UINT32_MAX; return;
    case DType::u16: *end = lowest ? 0 : UINT16_MAX; return;
    case DType::u8: *end = lowest ? 0 : UINT8_MAX; return;
    default: *end = lowest ? 0 : 1; return;
  }
}

/// Where a fold begins.
template <Fold kFold, class A>
LATHE_SIMD A start_of(DType type) {
  A start = kFold == Fold::prod ? 1 : 0;
  if constexpr (kFold == Fold::max || kFold == Fold::min) end_of(type, kFold == Fold::max, &start);
  return start;
}

/// What is stored of a sum of so many elements.
template <class A>
LATHE_SIMD A mean_of(A sum, int64_t terms) {
  if constexpr (kIsWhole<A>) return terms == 0 ? A{0} : sum / static_cast<A>(terms);
  return sum / static_cast<A>(terms);
}

/// As element i of y.
LATHE_SIMD void store_sum(DType type, double sum, void* y, int64_t i) {
  switch (type) {
    case DType::f64: static_cast<double*>(y)[i] = sum; return;
    case DType::f32: static_cast<float*>(y)[i] = static_cast<float>(sum); return;
    case DType::f16: return simd::store(static_cast<simd::f16*>(y) + i, simd::set1(static_cast<float>(sum)), 1);
    default: return simd::store(static_cast<simd::bf16*>(y) + i, simd::set1(static_cast<float>(sum)), 1);
  }
}
template <class A>
LATHE_SIMD void store_sum(DType type, A sum, void* y, int64_t i) {
  switch (type) {
    case DType::boolean: static_cast<Flag*>(y)[i].byte = sum != 0; return;
    case DType::i8:
    case DType::u8: static_cast<uint8_t*>(y)[i] = static_cast<uint8_t>(sum); return;
    case DType::i16:
    case DType::u16: static_cast<uint16_t*>(y)[i] = static_cast<uint16_t>(sum); return;
    case DType::i32:
    case DType::u32: static_cast<uint32_t*>(y)[i] = static_cast<uint32_t>(sum); return;
    default: static_cast<uint64_t*>(y)[i] = static_cast<uint64_t>(sum); return;
  }
}

}  // namespace
}  // namespace lathe::cpu
