#pragma once
#include "frontends/onnx/message.h"
#include "lathe/types.h"

namespace lathe::onnx {

/// ONNX's number of a type: the inverse of dtype_of(), beside which it stands.
ElementType element_of(DType type);

}  // namespace lathe::onnx
