#include "ops/scatter_nd.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(ScatterNd, scatter_nd, Traits{})

Types infer(const ScatterNd& /*op*/, const Types& in, Equalities& needed) {
  check_count("scatter_nd", in, 3, 3);
  const size_t picked = check_coordinates("scatter_nd", in, 0);
  if (in[2].dtype != in[0].dtype) reject("scatter_nd", in, "updates need the type of data");
  std::vector<Dim> shape(in[1].shape.begin(), in[1].shape.end() - 1);
  shape.insert(shape.end(), in[0].shape.begin() + static_cast<int64_t>(picked), in[0].shape.end());
  if (shape.size() != in[2].shape.size())
    reject("scatter_nd", in, fmt::format("updates need {} dimensions", shape.size()));
  for (size_t d = 0; d < shape.size(); ++d)
    need_equal("scatter_nd", in, in[2].shape[d], shape[d], "updates need the shape of what they replace", needed);
  return {in[0]};
}

}  // namespace lathe::ops
