#include "tests/support/tensors.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "base/float8.h"
#include "base/half.h"

namespace lathe::test {

HostTensor make_tensor(std::string name, DType dtype, const Shape& shape, std::span<const double> values) {
  std::byte* out = nullptr;
  HostTensor tensor{std::move(name), dtype, shape, Blob::zeros(values.size() * size_of(dtype), &out)};
  auto put = [&](size_t i, auto value) { std::memcpy(out + i * sizeof(value), &value, sizeof(value)); };
  for (size_t i = 0; i < values.size(); ++i) {
    auto as_float = static_cast<float>(values[i]);
    double whole = std::nearbyint(values[i]);
    switch (dtype) {
      case DType::f64: put(i, values[i]); break;
      case DType::f32: put(i, as_float); break;
      case DType::f16: put(i, f32_to_f16(as_float)); break;
      case DType::bf16: put(i, f32_to_bf16(as_float)); break;
      case DType::i64: put(i, static_cast<int64_t>(whole)); break;
      case DType::i32: put(i, static_cast<int32_t>(whole)); break;
      case DType::i16: put(i, static_cast<int16_t>(whole)); break;
      case DType::i8: put(i, static_cast<int8_t>(whole)); break;
      case DType::u64: put(i, static_cast<uint64_t>(whole)); break;
      case DType::u32: put(i, static_cast<uint32_t>(whole)); break;
      case DType::u16: put(i, static_cast<uint16_t>(whole)); break;
      case DType::u8: put(i, static_cast<uint8_t>(whole)); break;
      case DType::boolean: put(i, static_cast<uint8_t>(values[i] != 0)); break;
      case DType::f8e4m3: put(i, f32_to_f8(as_float, kE4M3)); break;
      case DType::f8e5m2: put(i, f32_to_f8(as_float, kE5M2)); break;
      case DType::i4:
      case DType::u4: throw std::invalid_argument("tensors of less than a byte an element are given as bytes");
    }
  }
  return tensor;
}

HostTensor make_tensor(std::string name, DType dtype, const Shape& shape, std::initializer_list<double> values) {
  return make_tensor(std::move(name), dtype, shape, std::span<const double>(values.begin(), values.size()));
}

HostTensor full(std::string name, DType dtype, const Shape& shape, double value) {
  return make_tensor(std::move(name), dtype, shape, std::vector<double>(static_cast<size_t>(shape.count()), value));
}

std::vector<double> to_doubles(const HostTensor& tensor) {
  HostTensor wide = converted(tensor, DType::f64);
  auto values = wide.as<double>();
  return {values.begin(), values.end()};
}

double norm_error(std::span<const double> x, std::span<const double> r) {
  if (x.size() != r.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, norm = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == r[i] || (std::isnan(x[i]) && std::isnan(r[i]))) {
      if (std::isfinite(r[i])) norm += r[i] * r[i];
      continue;
    }
    if (!std::isfinite(x[i]) || !std::isfinite(r[i])) return std::numeric_limits<double>::infinity();
    difference += (x[i] - r[i]) * (x[i] - r[i]);
    norm += r[i] * r[i];
  }
  return norm == 0 ? std::sqrt(difference) : std::sqrt(difference / norm);
}

double norm_error(const HostTensor& x, const HostTensor& r) {
  if (!(x.shape == r.shape)) return std::numeric_limits<double>::infinity();
  return norm_error(to_doubles(x), to_doubles(r));
}

}  // namespace lathe::test
