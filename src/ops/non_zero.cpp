#include "ops/non_zero.h"

#include <algorithm>

#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(NonZero, non_zero, Traits{})

Types infer(const NonZero& op, const Types& in) {
  check_count("non_zero", in, 1, 1);
  check_symbol("non_zero", in, op.symbol);
  return {{DType::i64, {Dim(std::max(in[0].rank(), 1)), Dim::symbol(op.symbol)}}};
}

std::vector<Count> counts(const NonZero& op, const Types& in) { return {{op.symbol, count_of(in[0].shape)}}; }

}  // namespace lathe::ops
