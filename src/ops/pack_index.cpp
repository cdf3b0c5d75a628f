#include "ops/pack_index.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(PackIndex, pack_index, Traits{})

Types infer(const PackIndex& op, const Types& in) {
  check_count("pack_index", in, 1, 1);
  if (in[0].rank() != 2) reject("pack_index", in, "the mask must be [batch, seq]");
  check_symbol("pack_index", in, op.symbol);
  return {{DType::i32, {Dim::symbol(op.symbol)}}, {DType::i32, {in[0].shape[0] + Dim(1)}}};
}

std::vector<Count> counts(const PackIndex& op, const Types& in) {
  return {{op.symbol, in[0].shape[0] * in[0].shape[1]}};
}

}  // namespace lathe::ops
