#pragma once
#include "frontends/onnx/node_reader.h"

namespace lathe::onnx {

// What the attention ops of ONNX and com.microsoft share.

/// [batch, seq, heads * d] as [batch, heads, seq, d].
ValueId by_heads(NodeReader& n, ValueId x, int64_t heads);
/// The inverse.
ValueId side_by_side(NodeReader& n, ValueId x);
/// 1 / sqrt(d) of q [batch, heads, seq, d]: the scale where none is given.
double usual_scale(NodeReader& n, ValueId q);

}  // namespace lathe::onnx
