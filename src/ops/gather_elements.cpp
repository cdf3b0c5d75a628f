#include "ops/gather_elements.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(GatherElements, gather_elements, Traits{})

Types infer(const GatherElements& op, const Types& in) {
  check_count("gather_elements", in, 2, 2);
  check_along_axis("gather_elements", in, op.axis);
  return {{in[0].dtype, in[1].shape}};
}

}  // namespace lathe::ops
