#include "ops/copy.h"

#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Copy, copy, Traits{})

Types infer(const Copy& /*op*/, const Types& in) {
  check_count("copy", in, 1, 1);
  return in;
}

}  // namespace lathe::ops
