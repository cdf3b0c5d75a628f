#include "ops/sequence_pool.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(SequencePool, sequence_pool, Traits{})

Types infer(const SequencePool& op, const Types& in) {
  check_count("sequence_pool", in, 2, 2);
  check_float("sequence_pool", in, 0);
  if (in[0].rank() != (op.packed ? 2 : 3) || in[1].rank() != (op.packed ? 1 : 2))
    reject("sequence_pool", in, "ranks do not fit");
  if (op.packed && in[1].dtype != DType::i32) reject("sequence_pool", in, "cu_seqlens must be i32 [batch + 1]");
  if (!op.packed && (!(in[1].shape[0] == in[0].shape[0]) || !(in[1].shape[1] == in[0].shape[1])))
    reject("sequence_pool", in, "the mask must be [batch, seq]");
  Dim batch = op.packed ? in[1].shape[0] - Dim(1) : in[0].shape[0];
  if (op.mode == PoolMode::keep && (!op.packed || !(in[0].shape[0] == batch)))
    reject("sequence_pool", in, "keep takes a row a sequence and cu_seqlens");
  return {{in[0].dtype, {batch, in[0].shape.back()}}};
}

}  // namespace lathe::ops
