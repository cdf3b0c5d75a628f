#include "kernels/cpu/lane.h"

namespace lathe::cpu {

Lane lane_of(DType type) {
  switch (type) {
    case DType::f32:
    case DType::f16:
    case DType::bf16: return Lane::f32;
    case DType::f64: return Lane::f64;
    case DType::i32:
    case DType::i16:
    case DType::i8:
    case DType::u16:
    case DType::u8:
    case DType::boolean: return Lane::i32;
    case DType::i64:
    case DType::u32: return Lane::i64;
    case DType::u64: return Lane::u64;
    default: return Lane::none;
  }
}

}  // namespace lathe::cpu
