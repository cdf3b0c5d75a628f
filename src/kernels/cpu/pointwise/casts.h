#pragma once
// Steps whose result has another type than their operands.
#include "kernels/cpu/lanes.h"
#include "kernels/cpu/pointwise/pointwise.h"

namespace lathe::cpu {
namespace {

template <class T>
void compare(PointwiseOp op, const T* a, const T* b, int64_t n, int32_t* y) {
  switch (op) {
    case PointwiseOp::equal:
      for (int64_t i = 0; i < n; ++i) y[i] = a[i] == b[i];
      return;
    case PointwiseOp::not_equal:
      for (int64_t i = 0; i < n; ++i) y[i] = a[i] != b[i];
      return;
    case PointwiseOp::less:
      for (int64_t i = 0; i < n; ++i) y[i] = a[i] < b[i];
      return;
    case PointwiseOp::less_equal:
      for (int64_t i = 0; i < n; ++i) y[i] = a[i] <= b[i];
      return;
    case PointwiseOp::greater:
      for (int64_t i = 0; i < n; ++i) y[i] = a[i] > b[i];
      return;
    case PointwiseOp::greater_equal:
      for (int64_t i = 0; i < n; ++i) y[i] = a[i] >= b[i];
      return;
    case PointwiseOp::is_nan:
      for (int64_t i = 0; i < n; ++i) y[i] = a[i] != a[i];
      return;
    case PointwiseOp::is_inf:  // what is no NaN but its difference from itself is
      for (int64_t i = 0; i < n; ++i) y[i] = a[i] == a[i] && a[i] - a[i] != a[i] - a[i];
      return;
    default: return;
  }
}

template <class T>
void choose(const int32_t* condition, const T* a, const T* b, int64_t n, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = condition[i] != 0 ? a[i] : b[i];
}

/// The numbers of a type from the lowest to the highest, as doubles.
struct Limits {
  double low, high;
};
LATHE_SIMD Limits limits_of(DType type) {
  switch (type) {
    case DType::i8: return {-128, 127};
    case DType::u8: return {0, 255};
    case DType::i16: return {-32768, 32767};
    case DType::u16: return {0, 65535};
    case DType::i32: return {-2147483648.0, 2147483647.0};
    case DType::u32: return {0, 4294967295.0};
    default: return {0, 0};
  }
}

/// Floats to whole numbers of at most 32 bits: cut off, those beyond the type are its lowest or highest, NaN is 0.
template <class From, class To>
void truncate(const From* x, int64_t n, DType to, To* y) {
  const Limits limits = limits_of(to);
  for (int64_t i = 0; i < n; ++i) {
    double value = static_cast<double>(x[i]);
    value = value < limits.low ? limits.low : value;
    value = value > limits.high ? limits.high : value;
    y[i] = static_cast<To>(value == value ? value : 0.0);
  }
}
template <class From>
void truncate_i64(const From* x, int64_t n, int64_t* y) {
  constexpr From kEnd = static_cast<From>(9223372036854775808.0);
  for (int64_t i = 0; i < n; ++i)
    y[i] = x[i] != x[i] ? 0 : x[i] >= kEnd ? INT64_MAX : x[i] < -kEnd ? INT64_MIN : static_cast<int64_t>(x[i]);
}
template <class From>
void truncate_u64(const From* x, int64_t n, uint64_t* y) {
  constexpr From kEnd = static_cast<From>(18446744073709551616.0);
  for (int64_t i = 0; i < n; ++i) y[i] = !(x[i] > 0) ? 0 : x[i] >= kEnd ? UINT64_MAX : static_cast<uint64_t>(x[i]);
}

/// A lane's numbers as another lane has them, where none is beyond it or its lower bits are wanted.
template <class From, class To>
void convert(const From* x, int64_t n, To* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<To>(x[i]);
}

template <class T>
LATHE_SIMD void round_halves(const float* x, int64_t n, float* y) {
  simd::for_row(
      n, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
        T halves[simd::kWidth];
        simd::store(halves, simd::load(x + c, lanes));
        simd::store(y + c, simd::load(halves), lanes);
      });
}

/// To f32, f16 or bf16: whether it is one of these.
template <class From>
LATHE_SIMD bool cast_to_f32(const From* x, int64_t n, DType to, void* result) {
  if (to != DType::f32 && to != DType::f16 && to != DType::bf16) return false;
  auto* y = static_cast<float*>(result);
  convert(x, n, y);
  if (to == DType::f16) round_halves<simd::f16>(y, n, y);
  if (to == DType::bf16) round_halves<simd::bf16>(y, n, y);
  return true;
}
template <class From>
void flag(const From* x, int64_t n, void* y) {
  auto* flags = static_cast<int32_t*>(y);
  for (int64_t i = 0; i < n; ++i) flags[i] = x[i] != 0;
}

template <class From>
void cast_float(const From* x, int64_t n, DType to, void* y) {
  switch (to) {
    case DType::f64: return convert(x, n, static_cast<double*>(y));
    case DType::i64: return truncate_i64(x, n, static_cast<int64_t*>(y));
    case DType::u64: return truncate_u64(x, n, static_cast<uint64_t*>(y));
    case DType::u32: return truncate(x, n, to, static_cast<int64_t*>(y));
    case DType::boolean: return flag(x, n, y);
    default: break;
  }
  if (cast_to_f32(x, n, to, y)) return;
  truncate(x, n, to, static_cast<int32_t*>(y));
}

template <class From>
void cast_whole(const From* x, int64_t n, DType to, void* y) {
  switch (to) {
    case DType::f64: return convert(x, n, static_cast<double*>(y));
    case DType::u64: return convert(x, n, static_cast<uint64_t*>(y));
    case DType::i64: return convert(x, n, static_cast<int64_t*>(y));
    case DType::u32: convert(x, n, static_cast<int64_t*>(y)); return wrap(to, static_cast<int64_t*>(y), n);
    case DType::boolean: return flag(x, n, y);
    default: break;
  }
  if (cast_to_f32(x, n, to, y)) return;
  convert(x, n, static_cast<int32_t*>(y));
  wrap(to, static_cast<int32_t*>(y), n);
}

}  // namespace
}  // namespace lathe::cpu
