#include "io/tensor.h"

#include <cstring>
#include <limits>

#include "base/dtype.h"
#include "base/error.h"
#include "base/float8.h"
#include "base/half.h"

namespace lathe {
namespace {

template <class T>
T load(const std::byte* data, int64_t i) {
  T value;
  std::memcpy(&value, data + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return value;
}

double float_at(const HostTensor& t, int64_t i) {
  const std::byte* p = t.data.data;
  switch (t.dtype) {
    case DType::f64: return load<double>(p, i);
    case DType::f32: return static_cast<double>(load<float>(p, i));
    case DType::f16: return static_cast<double>(f16_to_f32(load<uint16_t>(p, i)));
    case DType::bf16: return static_cast<double>(bf16_to_f32(load<uint16_t>(p, i)));
    case DType::f8e4m3: return static_cast<double>(f8_to_f32(load<uint8_t>(p, i), kE4M3));
    case DType::f8e5m2: return static_cast<double>(f8_to_f32(load<uint8_t>(p, i), kE5M2));
    case DType::u64: return static_cast<double>(load<uint64_t>(p, i));
    default: return 0;
  }
}

int64_t integer_at(const HostTensor& t, int64_t i) {
  const std::byte* p = t.data.data;
  switch (t.dtype) {
    case DType::i64: return load<int64_t>(p, i);
    case DType::i32: return load<int32_t>(p, i);
    case DType::i16: return load<int16_t>(p, i);
    case DType::i8: return load<int8_t>(p, i);
    case DType::u32: return load<uint32_t>(p, i);
    case DType::u16: return load<uint16_t>(p, i);
    case DType::u8:
    case DType::boolean: return load<uint8_t>(p, i);
    case DType::u64: {
      auto value = load<uint64_t>(p, i);
      if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return static_cast<int64_t>(value);
      fail(ErrorCode::out_of_range, shown(t.name), "use smaller values", "element {} is {}, too large for i64", i,
           value);
    }
    default: return 0;
  }
}

template <class T>
void store(std::byte* data, int64_t i, T value) {
  std::memcpy(data + i * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
}
}  // namespace

int64_t tensor_bytes(DType dtype, const Shape& shape) {
  constexpr int64_t kLimit = int64_t{1} << 62;
  // Zeros count as ones here, so that Shape::count() cannot overflow on the way to a zero.
  int64_t count = 1;
  bool empty = false;
  for (int64_t d : shape) {
    empty |= d == 0;
    if (d < 0 || __builtin_mul_overflow(count, d == 0 ? 1 : d, &count) || bytes_of(dtype, count) >= kLimit) return -1;
  }
  return empty ? 0 : bytes_of(dtype, count);
}

HostTensor tensor_over(std::string name, DType dtype, const Shape& shape, Blob bytes) {
  if (reinterpret_cast<uintptr_t>(bytes.data) % size_of(dtype) != 0) bytes = Blob::copy_of(bytes.bytes());
  if (dtype == DType::boolean) {
    bool clean = true;
    for (std::byte b : bytes.bytes()) clean &= b <= std::byte{1};
    if (!clean) {
      std::byte* writable = nullptr;
      Blob fixed = Blob::zeros(bytes.size, &writable);
      for (size_t i = 0; i < bytes.size; ++i) writable[i] = std::byte{bytes.data[i] != std::byte{0}};
      bytes = std::move(fixed);
    }
  }
  return {std::move(name), dtype, shape, std::move(bytes)};
}

HostTensor converted(const HostTensor& tensor, DType dtype) {
  if (tensor.dtype == dtype) return tensor;
  bool to_integer = dtype == DType::i64 || dtype == DType::i32;
  if (is_float(tensor.dtype) ? !is_float(dtype) : !to_integer && dtype != DType::f32 && dtype != DType::f64)
    fail(ErrorCode::unsupported, shown(tensor.name), "convert the values before", "{} cannot be read as {}",
         to_string(tensor.dtype), to_string(dtype));
  int64_t count = tensor.shape.count();
  std::byte* out = nullptr;
  HostTensor result{tensor.name, dtype, tensor.shape, Blob::zeros(static_cast<size_t>(count) * size_of(dtype), &out)};
  bool wide = is_float(tensor.dtype) || (tensor.dtype == DType::u64 && !to_integer);
  for (int64_t i = 0; i < count; ++i) {
    int64_t integer = wide ? 0 : integer_at(tensor, i);
    double real = wide ? float_at(tensor, i) : static_cast<double>(integer);
    switch (dtype) {
      case DType::f64: store(out, i, real); break;
      case DType::f32: store(out, i, static_cast<float>(real)); break;
      case DType::f16: store(out, i, f32_to_f16(static_cast<float>(real))); break;
      case DType::bf16: store(out, i, f32_to_bf16(static_cast<float>(real))); break;
      case DType::i64: store(out, i, integer); break;
      default:
        if (integer != static_cast<int32_t>(integer))
          fail(ErrorCode::out_of_range, shown(tensor.name), "use smaller values", "element {} is {}, too large for i32",
               i, integer);
        store(out, i, static_cast<int32_t>(integer));
    }
  }
  return result;
}

std::string shown(std::string_view name) {
  constexpr size_t kLongest = 96;
  if (name.size() <= kLongest) return fmt::format("'{}'", name);
  return fmt::format("'{}...' ({} bytes)", name.substr(0, kLongest), name.size());
}

}  // namespace lathe
