#include "ops/activation.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Act, activation, Traits{.token_wise = true})

Types infer(const Act& /*op*/, const Types& in) {
  check_count("activation", in, 1, 1);
  check_float("activation", in, 0);
  return {in[0]};
}

}  // namespace lathe::ops
