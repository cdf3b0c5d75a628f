#pragma once
#include "ir/compose/composer.h"

namespace lathe::ir {

/// values [off, on]: on where the place along a new axis of size `depth` is the index, off elsewhere. A negative index
/// counts from the end; one outside has no place. ONNX OneHot, TensorRT IOneHotLayer
ValueId one_hot(Composer& n, ValueId indices, const Dim& depth, ValueId values, int64_t axis);

}  // namespace lathe::ir
