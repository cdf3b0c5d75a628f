#pragma once
#include <vector>

#include "ir/compose/composer.h"

namespace lathe::ir {

struct Normalized {
  ValueId y, mean, inverse;  ///< inverse: 1 / sqrt(var + epsilon)
};
/// y = (x - mean) / sqrt(var + epsilon) over the axes, spelt in means and differences: passes find the fused op whoever
/// spelt it.
Normalized normalized(Composer& n, ValueId x, const std::vector<int64_t>& axes, double epsilon);
/// y scale + bias; kNone: without.
ValueId affine(Composer& n, ValueId y, ValueId scale, ValueId bias);
/// [c] as [c, 1, 1, ..], to stand beside the channels of a tensor of this rank.
ValueId per_channel(Composer& n, ValueId v, int64_t rank);

}  // namespace lathe::ir
