#include "ops/where.h"

#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Where, where, Traits{})

Types infer(const Where& /*op*/, const Types& in) {
  check_count("where", in, 3, 3);
  if (in[0].dtype != DType::boolean) reject("where", in, "the condition must be bool");
  if (in[1].dtype != in[2].dtype) reject("where", in, "both choices must have the same type");
  return {{in[1].dtype, broadcast("where", in, in[0].shape, broadcast("where", in, in[1].shape, in[2].shape))}};
}

}  // namespace lathe::ops
