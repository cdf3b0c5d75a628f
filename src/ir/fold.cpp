#include "ir/fold.h"

#include <algorithm>

#include "lathe/error.h"

namespace lathe::ir {
namespace {

/// Of more parts than the text form and plan files take back.
constexpr int64_t kMostParts = 4096;

/// Recipes share their parts, and files write them as trees: whether one is small there, with `left` nodes at most.
bool is_small(const Recipe& recipe, int depth, int64_t& left) {
  return depth > 0 && --left >= 0 &&
         std::all_of(recipe.arguments.begin(), recipe.arguments.end(),
                     [&](const ops::RecipePtr& argument) { return is_small(*argument, depth - 1, left); });
}

}  // namespace

std::optional<std::pair<ops::TensorType, Constant>> folded(const Network& network, const ops::Op& op,
                                                           std::span<const ValueId> inputs,
                                                           const Evaluator& evaluator) {
  if (op.traits().effect) return std::nullopt;
  std::vector<ConstantTensor> tensors;
  auto recipe = std::make_shared<Recipe>();
  recipe->op = op;
  for (ValueId v : inputs) {
    const Value& value = network.value(v);
    if (!value.constant) return std::nullopt;
    tensors.push_back({value.type, value.constant->data});
    auto own = value.constant->recipe;
    if (!own) own = ops::recipe_of(value.name);
    recipe->arguments.push_back(std::move(own));
  }
  if (int64_t left = kMostParts; !is_small(*recipe, kDeepestRecipe, left)) return std::nullopt;
  try {
    std::vector<ConstantTensor> results = evaluator.evaluate(op, tensors);
    if (results.size() != 1) return std::nullopt;  // a recipe has one result
    return std::pair(std::move(results[0].type), Constant{std::move(results[0].data), std::move(recipe)});
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace lathe::ir
