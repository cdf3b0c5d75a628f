#include "ops/cast.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Cast, cast, Traits{.token_wise = true})

Types infer(const Cast& op, const Types& in) {
  check_count("cast", in, 1, 1);
  return {{op.to, in[0].shape}};
}

}  // namespace lathe::ops
