#include "ops/cast.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Cast, cast, Traits{})

Types infer(const Cast& op, const Types& in) {
  check_count("cast", in, 1, 1);
  return {{op.to, in[0].shape}};
}

bool row_form(const Cast& op, const RowQuestion& question, RowForm& form) {
  return elementwise_rows(question, op, form);
}

Elements elements(const Cast& op, const Types& in, const Contents& known) {
  const Elements& x = known_of(known, 0);
  if (!x || op.to != DType::boolean || in[0].dtype == DType::boolean) return x;
  // To bool: whether it is 0, which no expression says.
  std::vector<Element> flags;
  for (const Element& element : *x)
    flags.push_back(element && element->is_constant() ? Element(Dim(!(*element == Dim(0)))) : std::nullopt);
  return flags;
}

}  // namespace lathe::ops
