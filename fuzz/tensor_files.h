#pragma once
#include <cstdlib>
#include <numeric>
#include <vector>

#include "io/tensor.h"
#include "lathe/error.h"

namespace lathe::fuzz {

/// Whether a tensor from a file is what HostTensor promises; reads every byte.
inline void touch(const HostTensor& tensor) {
  if (tensor.data.size != static_cast<size_t>(tensor.shape.count()) * size_of(tensor.dtype)) std::abort();
  if (reinterpret_cast<uintptr_t>(tensor.data.data) % size_of(tensor.dtype) != 0) std::abort();
  volatile uint8_t sum = 0;
  for (std::byte b : tensor.data.bytes()) sum = static_cast<uint8_t>(sum + std::to_integer<uint8_t>(b));
}

template <class F>
void attempt(F parse) {
  try {
    parse();
  } catch (const Error&) {}
}

inline HostTensor counted(const char* name, DType type, const Shape& shape) {
  std::vector<uint8_t> bytes(static_cast<size_t>(shape.count()) * size_of(type));
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return {name, type, shape, Blob::copy_of(bytes.data(), bytes.size())};
}

inline std::vector<HostTensor> some_tensors() {
  return {counted("weight", DType::f32, {3, 5}), counted("bias", DType::bf16, {7}),
          counted("ids", DType::i64, {2, 1, 4}), counted("none", DType::f16, {0, 3}), counted("one", DType::u8, {})};
}

}  // namespace lathe::fuzz
