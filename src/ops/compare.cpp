#include "ops/compare.h"

#include <algorithm>

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Compare, compare, Traits{})

Types infer(const Compare& op, const Types& in, Equalities& needed) {
  check_count("compare", in, 2, 2);
  if (in[0].dtype != in[1].dtype) reject("compare", in, "both inputs must have the same type");
  if (in[0].dtype == DType::boolean && op.kind != CompareKind::equal && op.kind != CompareKind::not_equal)
    reject("compare", in, "bool has no order");
  return {{DType::boolean, broadcast("compare", in, in[0].shape, in[1].shape, needed)}};
}

namespace {

/// Whether a < b, where the forms show it whatever the sizes are.
std::optional<bool> less(const Dim& a, const Dim& b) {
  if ((b - a - Dim(1)).is_rising()) return true;
  if ((a - b).is_rising()) return false;
  return std::nullopt;
}

std::optional<bool> equal(const Dim& a, const Dim& b) {
  if (a == b) return true;
  if (less(a, b) == true || less(b, a) == true) return false;
  return std::nullopt;
}

std::optional<bool> compare(CompareKind kind, const Dim& a, const Dim& b) {
  if (is_saturated(a) && a == b) return std::nullopt;
  const auto negated = [](std::optional<bool> answer) { return answer ? std::optional(!*answer) : answer; };
  switch (kind) {
    case CompareKind::equal: return equal(a, b);
    case CompareKind::not_equal: return negated(equal(a, b));
    case CompareKind::less: return less(a, b);
    case CompareKind::less_equal: return negated(less(b, a));
    case CompareKind::greater: return less(b, a);
    case CompareKind::greater_equal: return negated(less(a, b));
  }
  return std::nullopt;
}

}  // namespace

Elements elements(const Compare& op, const Types& /*in*/, const Contents& known) {
  const Elements &a = known_of(known, 0), &b = known_of(known, 1);
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  std::vector<Element> result;
  for (size_t i = 0; i < std::max(a->size(), b->size()); ++i) {
    const Element &x = (*a)[a->size() == 1 ? 0 : i], &y = (*b)[b->size() == 1 ? 0 : i];
    const std::optional<bool> answer = x && y ? compare(op.kind, *x, *y) : std::nullopt;
    result.push_back(answer ? Element(Dim(*answer)) : std::nullopt);
  }
  return result;
}

bool row_form(const Compare& op, const RowQuestion& question, RowForm& form) {
  return broadcast_rows(question, op, form);
}

}  // namespace lathe::ops
