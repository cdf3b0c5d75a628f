#pragma once
#include "lathe/types.h"

namespace lathe {

inline bool is_float(DType type) {
  return type == DType::f64 || type == DType::f32 || type == DType::f16 || type == DType::bf16 ||
         type == DType::f8e4m3 || type == DType::f8e5m2;
}

}  // namespace lathe
