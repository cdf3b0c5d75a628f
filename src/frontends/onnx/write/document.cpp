#include "frontends/onnx/write/document.h"

#include <fmt/format.h>

#include "frontends/onnx/write/element_type.h"

namespace lathe::onnx {
namespace {

/// Bytes up to which equal constants are found.
constexpr size_t kSmall = 256;

std::vector<int64_t> dims_of(const ops::TensorType& type) {
  std::vector<int64_t> dims;
  for (const Dim& d : type.shape) dims.push_back(d.constant());
  return dims;
}

std::string identity(const proto::Tensor& tensor) {
  return fmt::format("{}[{}] ", tensor.type, fmt::join(tensor.dims, ",")) + tensor.raw;
}

}  // namespace

std::string Names::unique(std::string_view base) {
  std::string name(base.empty() ? "value" : base);
  if (take(name)) return name;
  int& next = next_[name];
  std::string numbered;
  do {
    numbered = fmt::format("{}.{}", name, next++);
  } while (next_.contains(numbered));
  take(numbered);
  return numbered;
}

proto::Tensor tensor_of(DType type, std::vector<int64_t> dims, const void* data, size_t size) {
  proto::Tensor tensor{{}, static_cast<int32_t>(element_of(type)), std::move(dims)};
  tensor.raw.assign(static_cast<const char*>(data), size);
  return tensor;
}

std::string Document::constant(proto::Tensor tensor) {
  const std::string key = identity(tensor);
  if (const auto known = constants_.find(key); known != constants_.end()) return known->second;
  if (tensor.name.empty()) tensor.name = "constant";
  tensor.name = names.unique(tensor.name);
  constants_.emplace(key, tensor.name);
  initializers.push_back(std::move(tensor));
  return initializers.back().name;
}

std::string Document::weight(const ops::TensorType& type, const Blob& data, std::string_view base) {
  if (data.size <= kSmall) {
    proto::Tensor small = tensor_of(type.dtype, dims_of(type), data.data, data.size);
    small.name = base;
    return constant(std::move(small));
  }
  const auto [place, is_new] = weights_.try_emplace({ops::to_string(type), data.data});
  if (is_new) {
    place->second = names.unique(base);
    proto::Tensor tensor{place->second, static_cast<int32_t>(element_of(type.dtype)), dims_of(type)};
    tensor.view = {reinterpret_cast<const char*>(data.data), data.size};
    initializers.push_back(std::move(tensor));
  }
  return place->second;
}

std::string Document::function(std::string_view name, proto::Function body) {
  const auto [place, is_new] = by_body_.try_emplace(std::string(name) + '\n' + proto::bytes_of(body.nodes));
  if (is_new) {
    body.name = place->second = function_names_.unique(name);
    body.domain = kDomain;
    functions.push_back(std::move(body));
  }
  return place->second;
}

}  // namespace lathe::onnx
