// What the snippets of these pages share: building a network, running it on given numbers, and printing what it gives.
#pragma once
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "lathe/lathe.h"

using lathe::DType;
using lathe::Network;
using lathe::Tensor;
using Inputs = std::map<std::string, std::vector<double>>;

/// Numbers as elements of a type of these pages.
inline std::vector<char> bytes_of(DType type, const std::vector<double>& numbers) {
  std::vector<char> bytes;
  const auto put = [&](auto element) {
    const size_t at = bytes.size();
    bytes.resize(at + sizeof element);
    std::memcpy(bytes.data() + at, &element, sizeof element);
  };
  for (double number : numbers) {
    if (type == DType::f32) put(static_cast<float>(number));
    if (type == DType::i32) put(static_cast<int32_t>(number));
    if (type == DType::i64) put(static_cast<int64_t>(number));
    if (type == DType::boolean) put(static_cast<char>(number != 0));
  }
  return bytes;
}

inline double element(const lathe::ConstTensorRef& tensor, int64_t i) {
  switch (tensor.dtype) {
    case DType::i8: return static_cast<const int8_t*>(tensor.data)[i];
    case DType::i32: return static_cast<const int32_t*>(tensor.data)[i];
    case DType::i64: return static_cast<double>(static_cast<const int64_t*>(tensor.data)[i]);
    case DType::boolean: return static_cast<const uint8_t*>(tensor.data)[i];
    default: return static_cast<const float*>(tensor.data)[i];
  }
}

/// Prints each output, "name type[sizes]: elements". Inputs have the sizes of the network, a named one what is left.
inline void run(const Network& network, const Inputs& inputs) {
  const lathe::Engine engine(lathe::build(network));
  lathe::Context context = engine.context({.threads = 1});
  std::map<std::string, std::vector<char>> memory;
  for (const lathe::TensorInfo& info : network.inputs()) {
    lathe::Shape shape;
    const auto count = static_cast<int64_t>(inputs.at(info.name).size());
    int64_t known = 1;
    for (const std::string& size : info.shape)
      if (size.find_first_not_of("0123456789") == std::string::npos) known *= std::stoll(size);
    for (const std::string& size : info.shape)
      shape.push_back(size.find_first_not_of("0123456789") == std::string::npos ? std::stoll(size) : count / known);
    memory[info.name] = bytes_of(info.dtype, inputs.at(info.name));
    context.set_input(info.name, {info.dtype, shape, memory[info.name].data()});
  }
  context.run().throw_if_error();
  for (const lathe::TensorInfo& info : engine.outputs()) {
    const lathe::ConstTensorRef y = context.output(info.name);
    std::printf("%s %s%s:", info.name.c_str(), std::string(to_string(y.dtype)).c_str(), to_string(y.shape).c_str());
    for (int64_t i = 0; i < y.shape.count(); ++i) std::printf(" %.4g", element(y, i) + 0.0);
    std::printf("\n");
  }
}
