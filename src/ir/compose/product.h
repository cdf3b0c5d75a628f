#pragma once
#include "ir/compose/composer.h"
#include "ops/matmul.h"

namespace lathe::ir {

/// numpy's matmul: a vector is a row at the left, a column at the right, and its dimension goes. corrupt() for scalars.
ValueId product(Composer& n, ValueId a, ValueId b, ops::MatMul op = {});

}  // namespace lathe::ir
