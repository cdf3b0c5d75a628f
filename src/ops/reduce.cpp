#include "ops/reduce.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Reduce, reduce, Traits{})

Types infer(const Reduce& op, const Types& in) {
  check_count("reduce", in, 1, 1);
  if (in[0].dtype == DType::boolean && op.kind != ReduceKind::max && op.kind != ReduceKind::min)
    reject("reduce", in, "bool has max (any) and min (all) alone");
  std::vector<bool> reduced(in[0].shape.size());
  for (int64_t axis : op.axes) reduced[normalize_axis("reduce", in, axis, in[0].rank())] = true;
  TensorType out{in[0].dtype, {}};
  for (size_t i = 0; i < reduced.size(); ++i) {
    if (!reduced[i])
      out.shape.push_back(in[0].shape[i]);
    else if (op.keep_dims)
      out.shape.emplace_back(1);
  }
  return {out};
}

bool row_form(const Reduce& op, const RowQuestion& question, RowForm& form) {
  Reduce on_rows = op;
  for (int64_t& axis : on_rows.axes)
    if ((axis = question.inner_axis(axis, question.inputs[0].rank())) == 0) return false;
  return all_rows(question, on_rows, form);
}

/// Of all elements of a vector.
Elements elements(const Reduce& op, const Types& in, const Contents& known) {
  const Elements& all = known_of(known, 0);
  if (!all || all->empty() || in[0].dtype == DType::boolean || in[0].rank() != 1 || op.kind == ReduceKind::mean)
    return std::nullopt;
  if (op.axes.empty()) return all;
  Element total = (*all)[0];
  for (size_t i = 1; i < all->size(); ++i) {
    const Element& x = (*all)[i];
    if (!x || !total) return std::nullopt;
    const bool compares = op.kind == ReduceKind::max || op.kind == ReduceKind::min;
    if (!compares && (is_saturated(*x) || is_saturated(*total))) return std::nullopt;
    switch (op.kind) {
      case ReduceKind::prod: total = *total * *x; break;
      case ReduceKind::max: total = Dim::max(*total, *x); break;
      case ReduceKind::min: total = Dim::min(*total, *x); break;
      default: total = *total + *x;
    }
  }
  return std::vector<Element>{total};
}

}  // namespace lathe::ops
