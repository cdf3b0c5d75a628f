#include "ops/determinant.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Determinant, determinant, Traits{})

Types infer(const Determinant& /*op*/, const Types& in, Equalities& needed) {
  check_count("determinant", in, 1, 1);
  check_float("determinant", in, 0);
  if (in[0].rank() < 2) reject("determinant", in, "takes matrices [.., n, n]");
  const auto end = in[0].shape.end();
  need_equal("determinant", in, end[-2], end[-1], "the matrices are not square", needed);
  return {{in[0].dtype, {in[0].shape.begin(), end - 2}}};
}

}  // namespace lathe::ops
