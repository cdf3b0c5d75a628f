#include "ops/binary.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Binary, binary, Traits{})

Types infer(const Binary& /*op*/, const Types& in) {
  check_count("binary", in, 2, 2);
  if (in[0].dtype != in[1].dtype) reject("binary", in, "both inputs must have the same type");
  return {{in[0].dtype, broadcast("binary", in, in[0].shape, in[1].shape)}};
}

}  // namespace lathe::ops
