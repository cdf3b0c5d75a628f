#pragma once
// Elements between the types in which they are stored and the lanes in which they are computed with.
#include "kernels/cpu/simd.h"
#include "lathe/types.h"

namespace lathe::cpu {
namespace {

/// A byte need be neither 0 nor 1.
struct Flag {
  uint8_t byte;
};

/// Calls f with a value of the C++ type that stands for `type`, one that has a lane.
template <class F>
LATHE_SIMD void of_type(DType type, F f) {
  switch (type) {
    case DType::f32: return f(float{});
    case DType::f16: return f(simd::f16{});
    case DType::bf16: return f(simd::bf16{});
    case DType::f64: return f(double{});
    case DType::i32: return f(int32_t{});
    case DType::i16: return f(int16_t{});
    case DType::i8: return f(int8_t{});
    case DType::u16: return f(uint16_t{});
    case DType::u8: return f(uint8_t{});
    case DType::boolean: return f(Flag{});
    case DType::i64: return f(int64_t{});
    case DType::u32: return f(uint32_t{});
    default: return f(uint64_t{});
  }
}

template <class T>
struct LaneOf {
  using type = int32_t;
};
template <>
struct LaneOf<float> {
  using type = float;
};
template <>
struct LaneOf<simd::f16> {
  using type = float;
};
template <>
struct LaneOf<simd::bf16> {
  using type = float;
};
template <>
struct LaneOf<double> {
  using type = double;
};
template <>
struct LaneOf<int64_t> {
  using type = int64_t;
};
template <>
struct LaneOf<uint32_t> {
  using type = int64_t;
};
template <>
struct LaneOf<uint64_t> {
  using type = uint64_t;
};

template <class A, class B>
constexpr bool kIsSame = false;
template <class A>
constexpr bool kIsSame<A, A> = true;

template <class T>
LATHE_SIMD typename LaneOf<T>::type widened(const T* p) {
  return static_cast<typename LaneOf<T>::type>(*p);
}
LATHE_SIMD int32_t widened(const Flag* p) { return p->byte != 0; }
LATHE_SIMD float widened(const simd::f16* p) { return simd::load_one(p); }
LATHE_SIMD float widened(const simd::bf16* p) { return simd::load_one(p); }

template <class T>
void load_side_by_side(const T* x, int64_t n, typename LaneOf<T>::type* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = widened(x + i);
}
template <class T>
LATHE_SIMD void load_halves(const T* x, int64_t n, float* y) {
  simd::for_row(
      n, [=](int64_t c, auto lanes)
             __attribute__((always_inline)) { simd::store(y + c, simd::load(x + c, lanes), lanes); });
}
[[maybe_unused]] void load_side_by_side(const simd::f16* x, int64_t n, float* y) { load_halves(x, n, y); }
[[maybe_unused]] void load_side_by_side(const simd::bf16* x, int64_t n, float* y) { load_halves(x, n, y); }

/// n elements of x, `step` apart.
template <class T>
void load_run(const T* x, int64_t step, int64_t n, typename LaneOf<T>::type* y) {
  if (step == 1) return load_side_by_side(x, n, y);
  if (step == 0) {
    const typename LaneOf<T>::type value = widened(x);
    for (int64_t i = 0; i < n; ++i) y[i] = value;
    return;
  }
  for (int64_t i = 0; i < n; ++i) y[i] = widened(x + i * step);
}

/// Calls f with a value of the type that lanes of this type's numbers have.
template <class F>
LATHE_SIMD void of_lane(DType type, F f) {
  switch (type) {
    case DType::f32:
    case DType::f16:
    case DType::bf16: return f(float{});
    case DType::f64: return f(double{});
    case DType::i64:
    case DType::u32: return f(int64_t{});
    case DType::u64: return f(uint64_t{});
    default: return f(int32_t{});
  }
}

/// Of a type whose lanes are what is stored.
constexpr bool is_a_lane(DType type) {
  return type == DType::f32 || type == DType::f64 || type == DType::i32 || type == DType::i64 || type == DType::u64;
}

/// n elements of x, `step` apart, as lanes: where they lie, or in `room`.
template <class Lane>
LATHE_SIMD const Lane* lanes_at(DType type, const void* x, int64_t step, int64_t n, Lane* room) {
  if (step == 1 && is_a_lane(type)) return static_cast<const Lane*>(x);
  of_type(
      type, [=]<class T>(T) __attribute__((always_inline)) {
        if constexpr (kIsSame<Lane, typename LaneOf<T>::type>) load_run(static_cast<const T*>(x), step, n, room);
      });
  return room;
}

/// Whole numbers as the type has them: their lower bits.
template <class T>
[[maybe_unused]] void store_run(const typename LaneOf<T>::type* x, int64_t n, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(x[i]);
}
[[maybe_unused]] void store_run(const int32_t* x, int64_t n, Flag* y) {
  for (int64_t i = 0; i < n; ++i) y[i].byte = x[i] != 0;
}
template <class T>
LATHE_SIMD void store_halves(const float* x, int64_t n, T* y) {
  simd::for_row(
      n, [=](int64_t c, auto lanes)
             __attribute__((always_inline)) { simd::store(y + c, simd::load(x + c, lanes), lanes); });
}
[[maybe_unused]] void store_run(const float* x, int64_t n, simd::f16* y) { store_halves(x, n, y); }
[[maybe_unused]] void store_run(const float* x, int64_t n, simd::bf16* y) { store_halves(x, n, y); }

/// In place: what a number of the type would be after it was stored and loaded again.
LATHE_SIMD void wrap(DType type, int32_t* y, int64_t n) {
  switch (type) {
    case DType::i16:
      for (int64_t i = 0; i < n; ++i) y[i] = static_cast<int16_t>(y[i]);
      return;
    case DType::i8:
      for (int64_t i = 0; i < n; ++i) y[i] = static_cast<int8_t>(y[i]);
      return;
    case DType::u16:
      for (int64_t i = 0; i < n; ++i) y[i] = static_cast<uint16_t>(y[i]);
      return;
    case DType::u8:
      for (int64_t i = 0; i < n; ++i) y[i] = static_cast<uint8_t>(y[i]);
      return;
    case DType::boolean:
      for (int64_t i = 0; i < n; ++i) y[i] = y[i] != 0;
      return;
    default: return;
  }
}
LATHE_SIMD void wrap(DType type, int64_t* y, int64_t n) {
  if (type == DType::u32)
    for (int64_t i = 0; i < n; ++i) y[i] = static_cast<uint32_t>(y[i]);
}
LATHE_SIMD void wrap(DType, uint64_t*, int64_t) {}

}  // namespace
}  // namespace lathe::cpu
