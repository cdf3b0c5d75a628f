#pragma once
#include "lathe/types.h"

namespace lathe {

/// f64, f32, f16, bf16.
inline bool is_float(DType type) {
  return type == DType::f64 || type == DType::f32 || type == DType::f16 || type == DType::bf16;
}

}  // namespace lathe
