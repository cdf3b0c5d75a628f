#include "ops/unpack_rows.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(UnpackRows, unpack_rows, Traits{})

Types infer(const UnpackRows& op, const Types& in) {
  check_count("unpack_rows", in, 2, 2);
  check_index_type("unpack_rows", in, 1);
  if (in[0].rank() < 1 || in[1].rank() != 1 || !(in[0].shape[0] == in[1].shape[0]))
    reject("unpack_rows", in, "x and token_index need one number of rows");
  TensorType out{in[0].dtype, op.leading};
  out.shape.insert(out.shape.end(), in[0].shape.begin() + 1, in[0].shape.end());
  return {out};
}

}  // namespace lathe::ops
