#include "ops/pool.h"

#include <cmath>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Pool, pool, Traits{})

Types infer(const Pool& op, const Types& in) {
  check_count("pool", in, 1, 1);
  check_window("pool", in, op.window, spatial_of("pool", in));
  if (op.size.size() != in[0].shape.size() - 2) reject("pool", in, "size needs one value a spatial dimension");
  if (op.kind != PoolKind::max) check_float("pool", in, 0);
  if (in[0].dtype == DType::boolean) reject("pool", in, "takes numbers");
  if (!(op.p > 0) || !std::isfinite(op.p)) reject("pool", in, "p must be positive and finite");
  if (!std::isfinite(op.blend)) reject("pool", in, "blend is not finite");
  if (op.indices && op.kind != PoolKind::max) reject("pool", in, "only max has indices");
  if (op.indices && op.channels_last) reject("pool", in, "indices need the channels first");
  TensorType y = in[0];
  for (size_t d = 0; d < op.size.size(); ++d) {
    const size_t at = d + (op.channels_last ? 1 : 2);
    y.shape[at] = windows_in("pool", in, op.window, d, in[0].shape[at], Dim(op.size[d]), op.ceil_mode);
  }
  if (!op.indices) return {y};
  return {y, {DType::i64, y.shape}};
}

}  // namespace lathe::ops
