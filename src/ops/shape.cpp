#include "ops/shape.h"

#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(ShapeOf, shape, Traits{})

Types infer(const ShapeOf& op, const Types& in) {
  check_count("shape", in, 1, 1);
  if (op.dtype != DType::i32 && op.dtype != DType::i64) reject("shape", in, "sizes are i32 or i64");
  return {{op.dtype, {Dim(in[0].rank())}}};
}

Elements elements(const ShapeOf& /*op*/, const Types& in, const Contents& /*known*/) {
  return std::vector<Element>(in[0].shape.begin(), in[0].shape.end());
}

}  // namespace lathe::ops
