#include "ops/binary.h"

#include <algorithm>

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Binary, binary, Traits{})

Types infer(const Binary& /*op*/, const Types& in, Equalities& needed) {
  check_count("binary", in, 2, 2);
  if (in[0].dtype != in[1].dtype) reject("binary", in, "both inputs must have the same type");
  return {{in[0].dtype, broadcast("binary", in, in[0].shape, in[1].shape, needed)}};
}

namespace {

Element combine(BinaryKind kind, const Dim& a, const Dim& b) {
  switch (kind) {
    case BinaryKind::add: return a + b;
    case BinaryKind::sub: return a - b;
    case BinaryKind::mul: return a * b;
    case BinaryKind::min: return Dim::min(a, b);
    case BinaryKind::max: return Dim::max(a, b);
    case BinaryKind::div:
      // The op truncates: the same as rounding down where nothing is negative. (n * m) / n is m, though for n = 0 the
      // op says 0, and other runtimes stop.
      if (a.is_rising() && b.is_rising()) return Dim::floordiv(a, b);
      return std::nullopt;
    case BinaryKind::pow: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Elements elements(const Binary& op, const Types& in, const Contents& known) {
  if (in[0].dtype == DType::boolean) return std::nullopt;  // true + true is true
  const Elements &a = known_of(known, 0), &b = known_of(known, 1);
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  std::vector<Element> result;
  for (size_t i = 0; i < std::max(a->size(), b->size()); ++i) {
    const Element &x = (*a)[a->size() == 1 ? 0 : i], &y = (*b)[b->size() == 1 ? 0 : i];
    result.push_back(x && y ? combine(op.kind, *x, *y) : std::nullopt);
  }
  return result;
}

/// Operands have all rows, or are such that broadcast over all rows.
bool row_form(const Binary& op, const RowQuestion& question, RowForm& form) {
  const size_t rank = question.output.shape.size();
  form = {op, {}};
  for (size_t i = 0; i < 2; ++i) {
    const std::vector<Dim>& shape = question.shape(i);
    if (shape.size() == rank && question.rows(i)) {
      form.operands.push_back(RowOperand::rows);
      continue;
    }
    const size_t inner = rank - question.lead.size(), extra = shape.size() > inner ? shape.size() - inner : 0;
    const bool ones = std::all_of(shape.begin(), shape.begin() + static_cast<int64_t>(extra),
                                  [](const Dim& d) { return d == Dim(1); });
    if (!ones) return false;
    form.operands.push_back(extra == 0 ? RowOperand::shared : RowOperand::squeezed);
  }
  return form.operands[0] == RowOperand::rows || form.operands[1] == RowOperand::rows;
}

}  // namespace lathe::ops
