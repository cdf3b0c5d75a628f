#pragma once
#include "ir/network.h"

namespace lathe::compiler {

/// Gives each value one type. Encoder ops (embedding, linear, attention, layer_norm, and what only moves their results)
/// store `storage`; everything else, and every output, is f32. Weights of products and embedding tables are cast
/// (constant casts: fold them afterwards); biases, gamma and beta stay f32. Casts become nodes, except where a
/// product can store f32 itself.
void assign_precision(ir::Network& network, DType storage);

}  // namespace lathe::compiler
