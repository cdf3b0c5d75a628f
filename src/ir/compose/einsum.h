#pragma once
#include <string_view>
#include <vector>

#include "ir/compose/composer.h"

namespace lathe::ir {

/// y[result..] = the sum over all letters that are not in the result of the product of x_i[term_i..], as numpy.einsum
/// has it: "ij,jk->ik", "...ij,...jk", "ii->i". Without an arrow the result has the letters that stand once, in their
/// order. Letters that stand twice in a term take its diagonal; "..." stands for any dimensions, which broadcast.
/// corrupt() for an equation that does not fit the inputs.
ValueId einsum(Composer& n, std::string_view equation, const std::vector<ValueId>& inputs);

}  // namespace lathe::ir
