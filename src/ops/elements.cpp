#include "ops/elements.h"

#include <cstring>

#include "ops/op.h"

namespace lathe::ops {

int64_t followed(const TensorType& type) {
  if (type.dtype != DType::i32 && type.dtype != DType::i64 && type.dtype != DType::boolean) return -1;
  if (type.rank() == 0) return 1;
  if (type.rank() > 1 || !type.shape[0].is_constant()) return -1;
  const int64_t count = type.shape[0].constant();
  return count <= kMostElements ? count : -1;
}

namespace {

template <class T>
std::vector<Element> read(const void* data, int64_t count) {
  std::vector<Element> elements;
  for (int64_t i = 0; i < count; ++i) {
    T value{};
    std::memcpy(&value, static_cast<const std::byte*>(data) + static_cast<size_t>(i) * sizeof value, sizeof value);
    elements.emplace_back(Dim(std::is_same_v<T, uint8_t> ? value != 0 : static_cast<int64_t>(value)));
  }
  return elements;
}

}  // namespace

Elements elements_of(const TensorType& type, const void* data) {
  const int64_t count = followed(type);
  if (count < 0 || (data == nullptr && count > 0)) return std::nullopt;
  switch (type.dtype) {
    case DType::i32: return read<int32_t>(data, count);
    case DType::i64: return read<int64_t>(data, count);
    default: return read<uint8_t>(data, count);
  }
}

}  // namespace lathe::ops
