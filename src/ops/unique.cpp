#include "ops/unique.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Unique, unique, Traits{})

namespace {

size_t axis_of(const Unique& op, const Types& in) {
  return static_cast<size_t>(normalize_axis("unique", in, op.axis, in[0].rank()));
}

/// What is compared with each other.
Dim parts(const Unique& op, const Types& in) {
  return op.along_axis ? in[0].shape[axis_of(op, in)] : count_of(in[0].shape);
}

}  // namespace

Types infer(const Unique& op, const Types& in) {
  check_count("unique", in, 1, 1);
  check_symbol("unique", in, op.symbol);
  const Dim count = Dim::symbol(op.symbol);
  TensorType y{in[0].dtype, {count}};
  if (op.along_axis) {
    y.shape = in[0].shape;
    y.shape[axis_of(op, in)] = count;
  }
  return {y, {DType::i64, {count}}, {DType::i64, {parts(op, in)}}, {DType::i64, {count}}};
}

std::vector<Count> counts(const Unique& op, const Types& in) { return {{op.symbol, parts(op, in)}}; }

}  // namespace lathe::ops
