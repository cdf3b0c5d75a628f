#pragma once
#include <vector>

#include "ir/network.h"

namespace lathe::passes {

/// A product with constant weights (linear; conv with its channels last and one group) and an epilogue of constant
/// vectors alone, so that each column of its result is computed by itself; null: the value is made by none such, or
/// more than one node reads it, or an output does.
const ir::Node* columnwise_product(const ir::Network& network, ir::ValueId value);

/// One product for those that make `parts`, which are columnwise, of one op and one x; each part becomes a slice of its
/// result along the last dimension. The joined weights are nodes on constants: fold_constants computes them.
void join_products(ir::Network& network, const std::vector<ir::ValueId>& parts);

}  // namespace lathe::passes
