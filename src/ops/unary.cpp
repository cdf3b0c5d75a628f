#include "ops/unary.h"

#include "base/dtype.h"
#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Unary, unary, Traits{})

namespace {

bool takes(UnaryKind kind, DType type) {
  switch (kind) {
    case UnaryKind::neg:
    case UnaryKind::abs:
    case UnaryKind::sign: return type != DType::boolean;
    case UnaryKind::not_: return !is_float(type);
    default: return is_float(type);
  }
}

Element apply(UnaryKind kind, const Dim& x) {
  switch (kind) {
    case UnaryKind::neg: return Dim(0) - x;
    case UnaryKind::abs:
      if (x.is_rising()) return x;
      return (Dim(0) - x).is_rising() ? Element(Dim(0) - x) : std::nullopt;
    case UnaryKind::sign:
      if (!x.is_constant()) return std::nullopt;
      return Dim((x.constant() > 0) - (x.constant() < 0));
    case UnaryKind::not_: return is_saturated(x) ? std::nullopt : Element(Dim(-1) - x);
    default: return std::nullopt;
  }
}

}  // namespace

Types infer(const Unary& op, const Types& in) {
  check_count("unary", in, 1, 1);
  if (!takes(op.kind, in[0].dtype))
    reject("unary", in, fmt::format("there is no {} of {}", to_string(op.kind), lathe::to_string(in[0].dtype)));
  const bool asks = op.kind == UnaryKind::is_nan || op.kind == UnaryKind::is_inf;
  return {{asks ? DType::boolean : in[0].dtype, in[0].shape}};
}

Elements elements(const Unary& op, const Types& in, const Contents& known) {
  const Elements& x = known_of(known, 0);
  if (!x) return std::nullopt;
  std::vector<Element> result;
  for (const Element& element : *x) {
    if (in[0].dtype == DType::boolean)
      result.push_back(element && element->is_constant() ? Element(Dim(element->constant() == 0)) : std::nullopt);
    else
      result.push_back(element ? apply(op.kind, *element) : std::nullopt);
  }
  return result;
}

bool row_form(const Unary& op, const RowQuestion& question, RowForm& form) {
  return elementwise_rows(question, op, form);
}

}  // namespace lathe::ops
