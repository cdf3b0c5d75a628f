#include "ops/embedding.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Embedding, embedding, Traits{.token_wise = true})

Types infer(const Embedding& op, const Types& in) {
  size_t terms = op.terms < 1 || op.terms > 8 ? 0 : static_cast<size_t>(op.terms);
  if (terms == 0) reject("embedding", in, "takes 1 to 8 terms");
  check_count("embedding", in, 2 * terms + (op.norm ? 2 : 0), 2 * terms + (op.norm ? 2 : 0));
  for (size_t t = 0; t < terms; ++t) {
    check_float("embedding", in, 2 * t);
    check_index_type("embedding", in, 2 * t + 1);
    if (in[2 * t].rank() != 2 || !(in[2 * t].shape[1] == in[0].shape[1]))
      reject("embedding", in, "tables need one width");
    if (!(in[2 * t + 1].shape == in[1].shape)) reject("embedding", in, "all ids need one shape");
  }
  for (size_t i = 2 * terms; i < in.size(); ++i) {
    check_float("embedding", in, i);
    if (in[i].rank() != 1 || !(in[i].shape[0] == in[0].shape[1]))
      reject("embedding", in, "gamma and beta must be [width]");
  }
  TensorType out{op.out, in[1].shape};
  out.shape.push_back(in[0].shape[1]);
  return {out};
}

}  // namespace lathe::ops
