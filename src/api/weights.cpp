// Constants of a network.
#include <algorithm>
#include <cstring>

#include "api/access.h"
#include "api/adder.h"
#include "api/ports.h"
#include "base/error.h"
#include "compiler/reference_evaluator.h"
#include "frontends/onnx/reader.h"
#include "io/tensor_file.h"
#include "ops/cast.h"

namespace lathe {
namespace {

/// Elements with distances between them, side by side.
Blob made_dense(const ConstTensorRef& tensor, size_t element) {
  const int64_t count = tensor.shape.count();
  std::byte* to = nullptr;
  Blob dense = Blob::zeros(static_cast<size_t>(count) * element, &to);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, at = 0;
    for (int d = tensor.shape.rank() - 1; d >= 0; --d) {
      at += rest % tensor.shape[d] * tensor.strides[d];
      rest /= tensor.shape[d];
    }
    std::memcpy(to + i * static_cast<int64_t>(element),
                static_cast<const std::byte*>(tensor.data) + at * static_cast<int64_t>(element), element);
  }
  return dense;
}

bool is_dense(const ConstTensorRef& tensor) {
  int64_t step = 1;
  for (int d = tensor.shape.rank() - 1; tensor.strides.rank() > 0 && d >= 0; --d) {
    if (tensor.shape[d] != 1 && tensor.strides[d] != step) return false;
    step = saturating_mul(step, tensor.shape[d]);
  }
  return true;
}

Blob elements_of(std::string_view name, const ConstTensorRef& tensor, std::shared_ptr<const void> owner) {
  const int64_t bytes = tensor_bytes(tensor.dtype, tensor.shape);
  const bool strided = tensor.strides.rank() > 0;
  if (bytes < 0 || (bytes > 0 && !tensor.data) || (strided && tensor.strides.rank() != tensor.shape.rank()) ||
      !tensor.format.is_dense())
    fail(ErrorCode::invalid_argument, name, "give row-major memory, perhaps with strides",
         "a weight {}{} has no such memory", to_string(tensor.dtype), to_string(tensor.shape));
  if (!is_dense(tensor)) {
    if (bits_of(tensor.dtype) < 8)
      fail(ErrorCode::unsupported, name, "make them dense", "elements of less than a byte have no strides");
    return made_dense(tensor, size_of(tensor.dtype));
  }
  if (!owner) return Blob::copy_of(tensor.data, static_cast<size_t>(bytes));
  return {std::move(owner), static_cast<const std::byte*>(tensor.data), static_cast<size_t>(bytes)};
}

Tensor add_weight(const api::DataPtr& data, std::string_view name, HostTensor tensor) {
  api::claim(data->network, name);
  const ir::ValueId id = data->network.add_constant(name, {tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}},
                                                    {std::move(tensor.data), nullptr});
  data->network.value(id).name = name;
  return api::Access::tensor(data, 0, id);
}

}  // namespace

Tensor Network::weight(std::string_view name, const ConstTensorRef& tensor, std::shared_ptr<const void> owner) {
  // As tensors of files: aligned, booleans 0 or 1.
  return add_weight(
      data_, name,
      tensor_over(std::string(name), tensor.dtype, tensor.shape, elements_of(name, tensor, std::move(owner))));
}

Tensor Network::weight(std::string_view name, const std::string& file) {
  if (is_onnx(file)) return add_weight(data_, name, onnx::read_initializer(file, name));
  std::vector<HostTensor> all = read_tensor_file(file);
  for (HostTensor& tensor : all)
    if (tensor.name == name || (all.size() == 1 && tensor.name.empty())) return add_weight(data_, name, tensor);
  fail(ErrorCode::not_found, file, "give the name of one that it has", "none of its {} tensors is {}", all.size(),
       shown(name));
}

Tensor Network::constant(DType type, const std::vector<int64_t>& shape, const std::vector<double>& elements) {
  ops::TensorType wide{DType::f64, {shape.begin(), shape.end()}};
  if (std::any_of(shape.begin(), shape.end(), [](int64_t d) { return d < 0; }) ||
      !(count_of(wide.shape) == Dim(static_cast<int64_t>(elements.size()))))
    fail(ErrorCode::shape_mismatch, "constant", "give as many as the shape has", "{} elements for {}", elements.size(),
         to_string(wide));
  ir::ConstantTensor tensor{std::move(wide), Blob::copy_of(std::as_bytes(std::span(elements)))};
  if (type != DType::f64) tensor = compiler::reference_evaluator().evaluate(ops::Cast{type}, {&tensor, 1}).at(0);
  const std::string name = fmt::format("constant:{}", data_->network.value_count());
  return api::Access::tensor(data_, 0, data_->network.add_constant(name, tensor.type, {tensor.data, nullptr}));
}

Tensor Network::constant(double number, DType type) { return constant(type, {}, {number}); }

}  // namespace lathe
