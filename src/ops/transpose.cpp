#include "ops/transpose.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Transpose, transpose, Traits{})

Types infer(const Transpose& op, const Types& in) {
  check_count("transpose", in, 1, 1);
  std::vector<bool> seen(in[0].shape.size());
  if (op.perm.size() != seen.size()) reject("transpose", in, "perm needs one entry a dimension");
  TensorType out{in[0].dtype, {}};
  for (int64_t axis : op.perm) {
    int from = normalize_axis("transpose", in, axis, in[0].rank());
    if (seen[from]) reject("transpose", in, "perm names an axis twice");
    seen[from] = true;
    out.shape.push_back(in[0].shape[from]);
  }
  return {out};
}

}  // namespace lathe::ops
