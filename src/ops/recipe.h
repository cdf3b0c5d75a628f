#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ops/op.h"

namespace lathe::ops {

/// How a constant comes from named source weights: a leaf names one, else an op is applied to other recipes. Plans
/// store it so that weights can be made again (for another target, or from other sources).
struct Recipe {
  std::string source;  ///< of a leaf
  Op op;               ///< else; one of no arguments is a number (ops/fill.h)
  std::vector<std::shared_ptr<const Recipe>> arguments;
  bool operator==(const Recipe& other) const;
};
using RecipePtr = std::shared_ptr<const Recipe>;

/// The leaf of a source.
RecipePtr recipe_of(std::string_view source);
/// "concat(axis=1)(a.weight, b.weight)"; numbers as such, names as quoted_if_odd() gives them.
std::string to_string(const Recipe& recipe);

}  // namespace lathe::ops
