#include "compiler/remake.h"

#include "backends/choose.h"
#include "backends/reference/evaluate.h"
#include "base/error.h"

namespace lathe::compiler {
namespace {
using backends::reference::Tensor;

Tensor make(const ops::Recipe& recipe, const Source& source) {
  if (!recipe.op) {
    const HostTensor tensor = source(recipe.source);
    return {tensor.dtype, tensor.shape, tensor.data};
  }
  std::vector<Tensor> arguments;
  for (const ops::RecipePtr& argument : recipe.arguments) arguments.push_back(make(*argument, source));
  return backends::reference::evaluate(recipe.op, arguments).at(0);
}

}  // namespace

Blob remake(const plan::Weight& weight, const Source& source) {
  const Tensor made = make(weight.recipe ? *weight.recipe : *ops::recipe_of(weight.name), source);
  if (made.dtype != weight.dtype || !(made.shape == weight.shape))
    fail(ErrorCode::shape_mismatch, weight.name, "give the weights of the same architecture",
         "its sources give {}{}, the plan has {}{}", to_string(made.dtype), to_string(made.shape),
         to_string(weight.dtype), to_string(weight.shape));
  if (weight.format.empty()) return made.data;
  BlobRegion region;
  return backends::repack(weight.name, made.data, made.dtype, made.shape, weight.transposed, "", weight.format, region);
}

}  // namespace lathe::compiler
