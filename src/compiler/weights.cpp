#include "compiler/weights.h"

#include "backends/choose.h"

namespace lathe::compiler {

int Weights::tensor(const ir::Value& value, std::string_view format, bool transposed, int device) {
  const int w = weight(value, format, transposed && !format.empty(), device);
  const auto [made, is_new] = tensors_.emplace(std::pair(w, device), static_cast<int>(plan_.tensors.size()));
  if (!is_new) return made->second;
  plan::Tensor tensor{value.name, value.type, plan::Storage::weight, w};
  tensor.device = device;
  plan_.tensors.push_back(std::move(tensor));
  return made->second;
}

int Weights::weight(const ir::Value& value, std::string_view format, bool transposed, int device) {
  const Blob& source = value.constant->data;
  const auto [known, is_new] = weights_.emplace(
      std::tuple(static_cast<const void*>(source.size == 0 ? nullptr : source.data),
                 value.constant->recipe ? ops::to_string(*value.constant->recipe) : ops::quoted_if_odd(value.name),
                 ops::to_string(value.type), std::string(format), transposed),
      static_cast<int>(plan_.weights.size()));
  if (!is_new) return known->second;
  plan::Weight weight;
  weight.name = value.name;
  weight.recipe = value.constant->recipe;
  weight.dtype = value.type.dtype;
  for (const Dim& d : value.type.shape) weight.shape.push_back(d.constant());
  weight.format = format;
  weight.transposed = transposed;
  if (packs_) {
    // Row-major weights are copied too: a plan in memory does not hold on to the model's files.
    weight.data = format.empty() ? region_.copy_of(source.bytes())
                                 : backends::repack(value.name, source, weight.dtype, weight.shape, transposed, "",
                                                    format, region_, plan_.devices[static_cast<size_t>(device)]);
    source.forget();
  }
  plan_.weights.push_back(std::move(weight));
  return known->second;
}

}  // namespace lathe::compiler
