#include "base/whole_numbers.h"

#include <cmath>
#include <concepts>
#include <utility>

#include "base/error.h"
#include "base/float8.h"
#include "base/half.h"

namespace lathe {
namespace {

/// work(at): at(i) is element i, half types widened.
template <class Work>
void visit(DType type, const void* data, Work work) {
  const auto plain = [&]<class T>(const T* values) { work([values](int64_t i) { return values[i]; }); };
  const auto* half = static_cast<const uint16_t*>(data);
  switch (type) {
    case DType::f64: return plain(static_cast<const double*>(data));
    case DType::f32: return plain(static_cast<const float*>(data));
    case DType::f16: return work([half](int64_t i) { return f16_to_f32(half[i]); });
    case DType::bf16: return work([half](int64_t i) { return bf16_to_f32(half[i]); });
    case DType::i64: return plain(static_cast<const int64_t*>(data));
    case DType::i32: return plain(static_cast<const int32_t*>(data));
    case DType::i16: return plain(static_cast<const int16_t*>(data));
    case DType::i8: return plain(static_cast<const int8_t*>(data));
    case DType::u64: return plain(static_cast<const uint64_t*>(data));
    case DType::u32: return plain(static_cast<const uint32_t*>(data));
    case DType::u16: return plain(static_cast<const uint16_t*>(data));
    case DType::u8:
    case DType::boolean: return plain(static_cast<const uint8_t*>(data));
    case DType::f8e4m3: return work([=](int64_t i) { return f8_to_f32(static_cast<const uint8_t*>(data)[i], kE4M3); });
    case DType::f8e5m2: return work([=](int64_t i) { return f8_to_f32(static_cast<const uint8_t*>(data)[i], kE5M2); });
    case DType::i4:
    case DType::u4:
      fail(ErrorCode::unsupported, "numbers", "convert them to bytes first", "they are {}", to_string(type));
  }
}

template <class T>
bool fits(T v) {
  if constexpr (std::floating_point<T>)
    return v >= static_cast<T>(-0x1p31) && v < static_cast<T>(0x1p31);
  else
    return std::in_range<int32_t>(v);
}

template <class T>
bool is_negative_or_nan(T v) {
  if constexpr (std::is_unsigned_v<T>)
    return false;
  else
    return !(v >= 0);
}

/// A number for a message, without an exponent where it is whole.
template <class T>
auto shown(T v) {
  if constexpr (std::floating_point<T>)
    return static_cast<double>(v);
  else
    return v;
}

template <class T>
[[noreturn]] void refuse_mask(std::string_view name, const Shape& shape, int64_t i, T v) {
  fail(ErrorCode::invalid_argument, element_name(name, shape, i),
       "give 1 for tokens that count and 0 for others; a mask to be added to scores means the opposite",
       "{} is no value of a mask", shown(v));
}

}  // namespace

std::string element_name(std::string_view tensor, const Shape& shape, int64_t i) {
  Shape at = shape;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    at[d] = i % shape[d];
    i /= shape[d];
  }
  return fmt::format("{}{}", tensor, shape.rank() == 0 ? "" : to_string(at));
}

void to_i32(std::string_view name, DType type, const Shape& shape, const void* in, int32_t* out) {
  visit(type, in, [&](auto at) {
    for (int64_t i = 0, count = shape.count(); i < count; ++i) {
      const auto v = at(i);
      if constexpr (std::floating_point<decltype(at(i))>)
        if (!std::isfinite(v) || std::trunc(v) != v)
          fail(ErrorCode::invalid_argument, element_name(name, shape, i), "give whole numbers, such as int64 or int32",
               "{} is no whole number", shown(v));
      if (!fits(v))
        fail(ErrorCode::out_of_range, element_name(name, shape, i), "check the ids", "{} does not fit 32 bits",
             shown(v));
      out[i] = static_cast<int32_t>(v);
    }
  });
}

void mask_to_i32(std::string_view name, DType type, const Shape& shape, const void* in, int32_t* out) {
  visit(type, in, [&](auto at) {
    for (int64_t i = 0, count = shape.count(); i < count; ++i) {
      const auto v = at(i);
      if (is_negative_or_nan(v)) refuse_mask(name, shape, i, v);
      out[i] = v != 0;
    }
  });
}

void check_mask(std::string_view name, const Shape& shape, const int32_t* in) {
  const int64_t count = shape.count();
  int32_t least = 0;
  for (int64_t i = 0; i < count; ++i) least = in[i] < least ? in[i] : least;
  for (int64_t i = 0; least < 0 && i < count; ++i)
    if (in[i] < 0) refuse_mask(name, shape, i, in[i]);
}

}  // namespace lathe
