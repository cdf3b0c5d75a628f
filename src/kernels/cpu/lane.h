#pragma once
#include "lathe/types.h"

namespace lathe::cpu {

/// What elements are while they are computed with (kernels/cpu/lanes.h).
enum class Lane : uint8_t {
  none,  ///< of types that no program has
  f32,   ///< of f32, f16, bf16
  f64,
  i32,  ///< of i32, i16, i8, u16, u8, bool: results wrap around in the type itself
  i64,  ///< of i64, u32
  u64,
};
Lane lane_of(DType type);

}  // namespace lathe::cpu
