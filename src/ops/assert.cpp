#include "ops/assert.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Assert, assert, Traits{.effect = true})

Types infer(const Assert& /*op*/, const Types& in) {
  check_count("assert", in, 1, 1);
  if (in[0].dtype != DType::boolean) reject("assert", in, "takes booleans");
  return {in[0]};
}

}  // namespace lathe::ops
