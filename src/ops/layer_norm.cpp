#include "ops/layer_norm.h"

#include <algorithm>

#include "base/error.h"
#include "ops/expander.h"
#include "ops/reduce.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"
#include "ops/unary.h"

namespace lathe::ops {

LATHE_DEFINE_OP(LayerNorm, layer_norm, Traits{.narrow = true})

Types infer(const LayerNorm& op, const Types& in) {
  size_t first = op.residual ? 2 : 1;
  check_count("layer_norm", in, first + 2, first + 2);
  check_float("layer_norm", in, 0);
  if (in[0].rank() < 1) reject("layer_norm", in, "x needs a dimension");
  if (op.residual && !(in[1] == in[0])) reject("layer_norm", in, "the residual's type differs from x's");
  for (size_t i = first; i < first + 2; ++i)
    if (in[i].rank() != 1 || !(in[i].shape[0] == in[0].shape.back()))
      reject("layer_norm", in, "gamma and beta must be [width]");
  return {in[0]};
}

namespace {

/// x and the residual have the rows of the result.
size_t inputs_with_rows(const LayerNorm& op) { return op.residual ? 2 : 1; }

}  // namespace

bool row_form(const LayerNorm& op, const RowQuestion& question, RowForm& form) {
  return content_rows(
      question, op, [&](size_t i) { return i < inputs_with_rows(op); }, form);
}

/// gamma and beta stay f32.
bool takes_narrow(const LayerNorm& op, size_t input) { return input < inputs_with_rows(op); }

ExpanderValue expand(const LayerNorm& op, Expander& to, std::span<const ExpanderValue> in) {
  const DType stored = to.type(in[0]).dtype, working = to.working_type(in);
  const std::vector<ExpanderValue> wide = to.widened(in, working);
  if (!std::equal(wide.begin(), wide.end(), in.begin())) return to.cast(to.add(op, wide), stored);
  auto mean = [&](ExpanderValue x) { return to.add(Reduce{ReduceKind::mean, {-1}, true}, {x}); };
  const ExpanderValue x = op.residual ? to.binary(BinaryKind::add, in[0], in[1]) : in[0];
  const ExpanderValue gamma = in[inputs_with_rows(op)], beta = in[inputs_with_rows(op) + 1];
  const ExpanderValue deviation = to.binary(BinaryKind::sub, x, mean(x));
  const ExpanderValue variance = mean(to.binary(BinaryKind::mul, deviation, deviation));
  const ExpanderValue spread = to.add(Unary{UnaryKind::sqrt}, {to.with_number(BinaryKind::add, variance, op.epsilon)});
  const ExpanderValue y = to.binary(BinaryKind::mul, to.binary(BinaryKind::div, deviation, spread), gamma);
  return to.binary(BinaryKind::add, y, beta);
}

}  // namespace lathe::ops
