#pragma once
#include <optional>

#include "ir/compose/composer.h"

namespace lathe::ir {

/// floor(scale d), the product in single precision as ONNX Runtime has it (10 times 0.7f is 7). Of a dimension that is
/// no number: none where the scale is no fraction p / q with q up to 64. corrupt() for a scale that is not positive.
std::optional<Dim> scaled(const Composer& n, const Dim& d, double scale);
/// The whole part of a number; beyond those that dimensions hold (base/dim.h) the nearest of them, of NaN 0.
int64_t whole_part(double number);

}  // namespace lathe::ir
