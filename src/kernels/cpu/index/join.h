#pragma once
#include <cstring>
#include <type_traits>

#include "base/half.h"
#include "kernels/cpu/index/index.h"

namespace lathe::cpu {

// Types of elements as they are joined: floats as F32 or F64, whole numbers as unsigned ones, which wrap around.
template <class T>
struct PlainNumber {
  using type = T;
  static T load(T x) { return x; }
  static T store(T x) { return x; }
};
struct HalfNumber {
  using type = uint16_t;
  static float load(uint16_t x) { return f16_to_f32(x); }
  static uint16_t store(float x) { return f32_to_f16(x); }
};
struct BrainNumber {
  using type = uint16_t;
  static float load(uint16_t x) { return bf16_to_f32(x); }
  static uint16_t store(float x) { return f32_to_bf16(x); }
};
struct FlagNumber {
  using type = uint8_t;
  static int load(uint8_t x) { return x != 0; }
  static uint8_t store(int x) { return x != 0; }
};

template <class V>
V joined_by(Join join, V a, V b) {
  switch (join) {
    case Join::none: return b;
    case Join::max: return a > b || a != a ? a : b;
    case Join::min: return a < b || a != a ? a : b;
    case Join::add:
    case Join::mul: break;
  }
  if constexpr (std::is_floating_point_v<V>) return join == Join::add ? a + b : a * b;
  const auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  return static_cast<V>(join == Join::add ? x + y : x * y);
}

/// Calls f(joined) with joined(y, i, updates, j): y[i] = updates[j], or that joined with it.
template <class F>
void with_join(DType type, Join join, F f) {
  const auto as = [&]<class Number>(Number) {
    using T = typename Number::type;
    if (join == Join::none)
      return f(
          [](void* y, int64_t i, const void* u, int64_t j) { static_cast<T*>(y)[i] = static_cast<const T*>(u)[j]; });
    f([join](void* y, int64_t i, const void* u, int64_t j) {
      T& to = static_cast<T*>(y)[i];
      to = Number::store(joined_by(join, Number::load(to), Number::load(static_cast<const T*>(u)[j])));
    });
  };
  switch (type) {
    case DType::f64: return as(PlainNumber<double>());
    case DType::f32: return as(PlainNumber<float>());
    case DType::f16: return as(HalfNumber());
    case DType::bf16: return as(BrainNumber());
    case DType::i64: return as(PlainNumber<int64_t>());
    case DType::i32: return as(PlainNumber<int32_t>());
    case DType::i16: return as(PlainNumber<int16_t>());
    case DType::i8: return as(PlainNumber<int8_t>());
    case DType::u64: return as(PlainNumber<uint64_t>());
    case DType::u32: return as(PlainNumber<uint32_t>());
    case DType::u16: return as(PlainNumber<uint16_t>());
    case DType::boolean: return join == Join::none ? as(PlainNumber<uint8_t>()) : as(FlagNumber());
    default: return as(PlainNumber<uint8_t>());
  }
}

}  // namespace lathe::cpu
