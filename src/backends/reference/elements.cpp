#include "backends/reference/elements.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/float8.h"
#include "base/half.h"

namespace lathe::backends::reference {
namespace {

struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};
struct E4M3 {
  uint8_t bits;
};
struct E5M2 {
  uint8_t bits;
};
/// A caller's byte need be neither 0 nor 1, which a C++ bool must be.
struct Flag {
  uint8_t byte;
};

/// Calls f with a value of the C++ type that stands for `type`.
template <class F>
auto dispatch(DType type, F&& f) {
  switch (type) {
    case DType::f64: return f(double{});
    case DType::f32: return f(float{});
    case DType::f16: return f(Half{});
    case DType::bf16: return f(Brain{});
    case DType::i64: return f(int64_t{});
    case DType::i32: return f(int32_t{});
    case DType::i16: return f(int16_t{});
    case DType::i8: return f(int8_t{});
    case DType::u64: return f(uint64_t{});
    case DType::u32: return f(uint32_t{});
    case DType::u16: return f(uint16_t{});
    case DType::boolean: return f(Flag{});
    case DType::f8e4m3: return f(E4M3{});
    case DType::f8e5m2: return f(E5M2{});
    default: return f(uint8_t{});
  }
}

template <class T>
double widen(T value) {
  return static_cast<double>(value);
}
double widen(Half value) { return static_cast<double>(f16_to_f32(value.bits)); }
double widen(Brain value) { return static_cast<double>(bf16_to_f32(value.bits)); }
double widen(E4M3 value) { return static_cast<double>(f8_to_f32(value.bits, kE4M3)); }
double widen(E5M2 value) { return static_cast<double>(f8_to_f32(value.bits, kE5M2)); }
double widen(Flag value) { return value.byte != 0; }

/// As a float whose last bit is set where others were cut off behind it: rounded again, to much fewer bits, it gives
/// what the double itself rounds to.
float with_sticky_bit(double value) {
  const auto nearest = static_cast<float>(value);
  if (std::isnan(value) || static_cast<double>(nearest) == value) return nearest;
  auto bits = std::bit_cast<uint32_t>(nearest);
  if (std::abs(static_cast<double>(nearest)) > std::abs(value)) --bits;
  return std::bit_cast<float>(bits | 1u);
}

template <class T>
T narrow(double value) {
  if constexpr (std::is_same_v<T, double>) return value;
  if constexpr (std::is_same_v<T, float>) return static_cast<float>(value);
  if constexpr (std::is_same_v<T, Half>) return Half{f32_to_f16(with_sticky_bit(value))};
  if constexpr (std::is_same_v<T, Brain>) return Brain{f32_to_bf16(with_sticky_bit(value))};
  if constexpr (std::is_same_v<T, E4M3>) return E4M3{f32_to_f8(with_sticky_bit(value), kE4M3)};
  if constexpr (std::is_same_v<T, E5M2>) return E5M2{f32_to_f8(with_sticky_bit(value), kE5M2)};
  if constexpr (std::is_same_v<T, Flag>) return Flag{value != 0};
  if constexpr (std::is_integral_v<T>) {
    if (std::isnan(value)) return T{};
    if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
    if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
    return static_cast<T>(value);
  }
}

template <class T>
int64_t to_integer(T value) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<int64_t>(value);
  else
    return narrow<int64_t>(widen(value));
}

template <class T>
T from_integer(int64_t value) {
  if constexpr (std::is_same_v<T, Flag>)
    return Flag{value != 0};
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(value);
  else
    return narrow<T>(static_cast<double>(value));
}

int64_t blocked_offset(const TensorView& t, int64_t index) {
  int64_t offset = 0;
  for (int d = t.shape.rank() - 1; d >= 0; --d) {
    const int64_t i = index % t.shape[d];
    offset += d == t.axis ? i / t.block * t.strides[d] + i % t.block : i * t.strides[d];
    index /= t.shape[d];
  }
  return offset;
}

/// Where element `index` lies, in elements from the start.
int64_t offset_of(const TensorView& t, int64_t index) {
  if (contiguous(t)) return index;
  if (t.block > 1) return blocked_offset(t, index);
  if (t.strides.rank() > 0) return locate(index, t.shape, t.shape.rank(), t.strides.begin());
  return index / t.width() * t.row_stride + index % t.width();
}

/// Calls f(offset, done, length) for each piece of [index, index + count) whose elements lie side by side.
template <class F>
void pieces(const TensorView& t, int64_t index, int64_t count, F&& f) {
  for (int64_t done = 0; done < count;) {
    int64_t length = 1;
    if (contiguous(t))
      length = count;
    else if (t.strides.rank() == 0 || t.strides[-1] == 1)
      length = std::min(count - done, t.width() - (index + done) % t.width());
    f(offset_of(t, index + done), done, length);
    done += length;
  }
}

template <class T>
void load_widened(const TensorView& t, int64_t index, int64_t count, double* out) {
  pieces(t, index, count, [&](int64_t offset, int64_t done, int64_t length) {
    const T* from = t.as<T>() + offset;
    for (int64_t i = 0; i < length; ++i) out[done + i] = widen(from[i]);
  });
}

/// sum_i x[i] * w(i), in one order of additions whatever the layout.
template <class At>
double dot_of(const double* x, At&& w, int64_t count) {
  // Several sums: a single one would wait for each addition.
  double sums[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int64_t j = 0; j < 8; ++j) sums[j] += x[i + j] * w(i + j);
  for (; i < count; ++i) sums[0] += x[i] * w(i);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

double load(const TensorView& t, int64_t index) {
  return dispatch(t.dtype, [&]<class T>(T) { return widen(t.as<T>()[offset_of(t, index)]); });
}

int64_t load_integer(const TensorView& t, int64_t index) {
  return dispatch(t.dtype, [&]<class T>(T) { return to_integer(t.as<T>()[offset_of(t, index)]); });
}

void store(const TensorView& t, int64_t index, double value) {
  dispatch(t.dtype, [&]<class T>(T) { t.as<T>()[offset_of(t, index)] = narrow<T>(value); });
}

void store_integer(const TensorView& t, int64_t index, int64_t value) {
  dispatch(t.dtype, [&]<class T>(T) { t.as<T>()[offset_of(t, index)] = from_integer<T>(value); });
}

void load_run(const TensorView& t, int64_t index, int64_t count, double* out) {
  dispatch(t.dtype, [&]<class T>(T) { load_widened<T>(t, index, count, out); });
}

void load_run(const TensorView& t, int64_t index, int64_t count, int64_t* out) {
  dispatch(t.dtype, [&]<class T>(T) {
    pieces(t, index, count, [&](int64_t offset, int64_t done, int64_t length) {
      const T* from = t.as<T>() + offset;
      for (int64_t i = 0; i < length; ++i) out[done + i] = to_integer(from[i]);
    });
  });
}

void store_run(const TensorView& t, int64_t index, int64_t count, const double* values) {
  dispatch(t.dtype, [&]<class T>(T) {
    pieces(t, index, count, [&](int64_t offset, int64_t done, int64_t length) {
      T* to = t.as<T>() + offset;
      for (int64_t i = 0; i < length; ++i) to[i] = narrow<T>(values[done + i]);
    });
  });
}

void store_run(const TensorView& t, int64_t index, int64_t count, const int64_t* values) {
  dispatch(t.dtype, [&]<class T>(T) {
    pieces(t, index, count, [&](int64_t offset, int64_t done, int64_t length) {
      T* to = t.as<T>() + offset;
      for (int64_t i = 0; i < length; ++i) to[i] = from_integer<T>(values[done + i]);
    });
  });
}

void copy_run(const TensorView& to, int64_t to_index, const TensorView& from, int64_t from_index, int64_t count) {
  auto size = static_cast<int64_t>(size_of(to.dtype));
  pieces(to, to_index, count, [&](int64_t to_offset, int64_t to_done, int64_t to_length) {
    pieces(from, from_index + to_done, to_length, [&](int64_t from_offset, int64_t done, int64_t length) {
      std::memcpy(to.as<std::byte>() + (to_offset + done) * size, from.as<const std::byte>() + from_offset * size,
                  static_cast<size_t>(length * size));
    });
  });
}

void zero_run(const TensorView& t, int64_t index, int64_t count) {
  auto size = static_cast<int64_t>(size_of(t.dtype));
  pieces(t, index, count, [&](int64_t offset, int64_t, int64_t length) {
    std::memset(t.as<std::byte>() + offset * size, 0, static_cast<size_t>(length * size));
  });
}

void zero_padding(const TensorView& t) {
  if (t.block == 1) return;
  const int64_t size = t.shape[t.axis], filled = size % t.block;
  if (filled == 0) return;
  TensorView last = t;
  last.shape[t.axis] = 1;
  for (int64_t i = 0; i < last.shape.count(); ++i)
    std::memset(t.as<std::byte>() + (blocked_offset(last, i) + size / t.block * t.strides[t.axis] + filled) *
                                        static_cast<int64_t>(size_of(t.dtype)),
                0, static_cast<size_t>(t.block - filled) * size_of(t.dtype));
}

double dot(const double* x, const TensorView& t, int64_t index, int64_t count) {
  double sum = 0;
  dispatch(t.dtype, [&]<class T>(T) {
    const T* elements = t.as<const T>();
    if (t.strides.rank() > 0) {
      sum = dot_of(
          x, [&](int64_t i) { return widen(elements[offset_of(t, index + i)]); }, count);
      return;
    }
    pieces(t, index, count, [&](int64_t offset, int64_t done, int64_t length) {
      sum += dot_of(
          x + done, [&](int64_t i) { return widen(elements[offset + i]); }, length);
    });
  });
  return sum;
}

void add_scaled(double a, const TensorView& t, int64_t index, int64_t count, double* y) {
  dispatch(t.dtype, [&]<class T>(T) {
    pieces(t, index, count, [&](int64_t offset, int64_t done, int64_t length) {
      const T* from = t.as<const T>() + offset;
      for (int64_t i = 0; i < length; ++i) y[done + i] += a * widen(from[i]);
    });
  });
}

int64_t locate(int64_t index, const Shape& shape, int rank, const int64_t* stride) {
  int64_t place_of = 0;
  for (int d = rank - 1; d >= 0; --d) {
    place_of += index % shape[d] * stride[d];
    index /= shape[d];
  }
  return place_of;
}

}  // namespace lathe::backends::reference
