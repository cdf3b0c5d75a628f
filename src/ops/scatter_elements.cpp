#include "ops/scatter_elements.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(ScatterElements, scatter_elements, Traits{})

Types infer(const ScatterElements& op, const Types& in, Equalities& needed) {
  check_count("scatter_elements", in, 3, 3);
  check_along_axis("scatter_elements", in, op.axis);
  if (in[2].dtype != in[0].dtype) reject("scatter_elements", in, "updates need the type of data");
  if (in[2].rank() != in[1].rank()) reject("scatter_elements", in, "updates need the shape of indices");
  for (size_t d = 0; d < in[1].shape.size(); ++d)
    need_equal("scatter_elements", in, in[1].shape[d], in[2].shape[d], "updates need the shape of indices", needed);
  return {in[0]};
}

}  // namespace lathe::ops
