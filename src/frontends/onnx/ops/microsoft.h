#pragma once
#include <functional>

#include "frontends/onnx/node_reader.h"

namespace lathe::onnx {

// What ops of com.microsoft share with those of the same name on integers.

/// com.microsoft Attention from its product on: q, k and v side by side [batch, seq, 3 * width]. `mask`, `past` and
/// `bias` may be kNone.
void attention_of_product(NodeReader& n, ValueId product, ValueId mask, ValueId past, ValueId bias);

/// EmbedLayerNormalization: words + positions + segments, then layer normalization. rows(i, ids) are those of the table
/// at input i, f32; positions kNone: 0, 1, ..
void embeddings_normalized(NodeReader& n, ValueId positions, const std::function<ValueId(size_t, ValueId)>& rows,
                           ValueId scale, ValueId bias);

}  // namespace lathe::onnx
