#include "ops/gather_nd.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(GatherNd, gather_nd, Traits{})

Types infer(const GatherNd& op, const Types& in, Equalities& needed) {
  check_count("gather_nd", in, 2, 2);
  const std::vector<Dim>&data = in[0].shape, &indices = in[1].shape;
  if (op.batch_dims < 0 || op.batch_dims >= in[1].rank() || op.batch_dims > in[0].rank())
    reject("gather_nd", in, fmt::format("there are no {} batch dimensions before others", op.batch_dims));
  const auto batch = static_cast<size_t>(op.batch_dims);
  const size_t picked = check_coordinates("gather_nd", in, batch);
  for (size_t d = 0; d < batch; ++d)
    need_equal("gather_nd", in, data[d], indices[d], "the batch dimensions differ", needed);
  TensorType out{in[0].dtype, {indices.begin(), indices.end() - 1}};
  out.shape.insert(out.shape.end(), data.begin() + static_cast<int64_t>(batch + picked), data.end());
  return {out};
}

}  // namespace lathe::ops
