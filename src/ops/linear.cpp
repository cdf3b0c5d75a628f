#include "ops/linear.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Linear, linear, Traits{.token_wise = true})

Types infer(const Linear& op, const Types& in) {
  check_count("linear", in, 2 + op.epilogue.operands(), 2 + op.epilogue.operands());
  check_float("linear", in, 0);
  check_float("linear", in, 1);
  if (in[0].rank() < 1 || in[1].rank() != 2) reject("linear", in, "x needs a dimension and w needs 2");
  const Dim &k = in[1].shape[op.transposed ? 1 : 0], &n = in[1].shape[op.transposed ? 0 : 1];
  if (!(in[0].shape.back() == k))
    reject("linear", in, fmt::format("x has {} features, w takes {}", in[0].shape.back().str(), k.str()));
  TensorType out{op.out, in[0].shape};
  out.shape.back() = n;
  size_t next = 2;
  for (const EpilogueRecord& record : op.epilogue.records) {
    for (size_t i = 0; i < record.operands(); ++i, ++next) {
      bool residual = record.kind == EpilogueRecord::Kind::residual;
      if (residual ? !(in[next].shape == out.shape) : (in[next].rank() != 1 || !(in[next].shape[0] == n)))
        reject("linear", in, fmt::format("input {} does not fit the output {}", next, to_string(out)));
      check_float("linear", in, next);
    }
  }
  return {out};
}

}  // namespace lathe::ops
