#include "ops/recipe.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "ops/fill.h"

namespace lathe::ops {

bool Recipe::operator==(const Recipe& other) const {
  return source == other.source && op == other.op &&
         std::equal(arguments.begin(), arguments.end(), other.arguments.begin(), other.arguments.end(),
                    [](const RecipePtr& a, const RecipePtr& b) { return *a == *b; });
}

RecipePtr recipe_of(std::string_view source) {
  auto recipe = std::make_shared<Recipe>();
  recipe->source = source;
  return recipe;
}

namespace {
/// Whether the text form would take a source's name for a number.
bool is_number(std::string_view name) {
  float number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return end == name.data() + name.size() && !name.empty() && error != std::errc::invalid_argument;
}
}  // namespace

std::string to_string(const Recipe& recipe) {
  if (!recipe.op) return is_number(recipe.source) ? "\"" + recipe.source + "\"" : quoted_if_odd(recipe.source);
  const auto* number = recipe.op.as<Fill>();
  if (number && number->dtype == DType::f32 && number->shape.empty() && number->step == 0)
    return fmt::format("{}", static_cast<float>(number->start));
  std::string text = recipe.op.str() + "(";
  for (size_t i = 0; i < recipe.arguments.size(); ++i) text += (i ? ", " : "") + to_string(*recipe.arguments[i]);
  return text + ")";
}

}  // namespace lathe::ops
