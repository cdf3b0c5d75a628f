#pragma once
#include <functional>
#include <vector>

#include "base/dim.h"

namespace lathe::ops {

/// What ops make of sizes that are numbers of any sign (Dim::has_numbers), in the algebra of dimensions: a run finds
/// out which case is there. Other sizes stay as they are.

/// 1 where d is `number`, else 0.
Dim is_equal(const Dim& d, int64_t number);
/// Of a shape for the elements of x: 0 is x's dimension in that place where `keeps_zero`, -1 what the others leave, and
/// what is below comes out negative. `named` may give a shorter form of what each dimension speaks of (a Definition).
std::vector<Dim> reshaped(
    const std::vector<Dim>& x, std::vector<Dim> to, bool keeps_zero,
    const std::function<Dim(const Dim&)>& named = [](const Dim& d) { return d; });
/// Of a shape that x is expanded to: 1 is x's dimension in that place.
std::vector<Dim> expanded(const std::vector<Dim>& x, std::vector<Dim> to);
/// Where a start or end lies: one below 0 counts from the end of the dimension, one outside low..high is moved there.
Dim clamped(const Dim& bound, const Dim& dimension, const Dim& low, const Dim& high);

}  // namespace lathe::ops
