#include "ops/slice.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Slice, slice, Traits{})

Types infer(const Slice& op, const Types& in) {
  check_count("slice", in, 1, 1);
  size_t rank = in[0].shape.size();
  if (op.start.size() != rank || op.size.size() != rank || (!op.stride.empty() && op.stride.size() != rank))
    reject("slice", in, "start, size and stride need one value a dimension");
  for (size_t i = 0; i < rank; ++i) {
    int64_t stride = op.stride.empty() ? 1 : op.stride[i];
    if (stride == 0) reject("slice", in, "a stride is 0");
    if (!in[0].shape[i].is_constant() || !op.start[i].is_constant() || !op.size[i].is_constant()) continue;
    int64_t first = op.start[i].constant(), count = op.size[i].constant(), limit = in[0].shape[i].constant();
    int64_t last = saturating_add(first, saturating_mul(count - 1, stride));
    if (count < 0 || (count > 0 && (first < 0 || first >= limit || last < 0 || last >= limit)))
      reject("slice", in,
             fmt::format("dimension {}: start {}, size {}, stride {} leave the tensor", i, first, count, stride));
  }
  return {{in[0].dtype, op.size}};
}

}  // namespace lathe::ops
