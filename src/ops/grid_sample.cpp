#include "ops/grid_sample.h"

#include "base/error.h"
#include "ops/shape_rules.h"
#include "ops/window.h"

namespace lathe::ops {

LATHE_DEFINE_OP(GridSample, grid_sample, Traits{})

Types infer(const GridSample& /*op*/, const Types& in, Equalities& needed) {
  check_count("grid_sample", in, 2, 2);
  spatial_of("grid_sample", in);
  check_float("grid_sample", in, 0);
  check_float("grid_sample", in, 1);
  const std::vector<Dim>&x = in[0].shape, &grid = in[1].shape;
  if (grid.size() != x.size()) reject("grid_sample", in, "x and the grid must have as many dimensions");
  need_equal("grid_sample", in, grid[0], x[0], "x and the grid must have one batch", needed);
  need_equal("grid_sample", in, grid.back(), Dim(in[0].rank() - 2), "the grid needs a coordinate a spatial dimension",
             needed);
  TensorType y{in[0].dtype, {x[0], x[1]}};
  y.shape.insert(y.shape.end(), grid.begin() + 1, grid.end() - 1);
  return {y};
}

}  // namespace lathe::ops
