#include "ops/where.h"

#include <algorithm>

#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Where, where, Traits{})

Types infer(const Where& /*op*/, const Types& in, Equalities& needed) {
  check_count("where", in, 3, 3);
  if (in[0].dtype != DType::boolean) reject("where", in, "the condition must be bool");
  if (in[1].dtype != in[2].dtype) reject("where", in, "both choices must have the same type");
  const std::vector<Dim> choices = broadcast("where", in, in[1].shape, in[2].shape, needed);
  return {{in[1].dtype, broadcast("where", in, in[0].shape, choices, needed)}};
}

/// The chosen element, or what both choices agree on.
Elements elements(const Where& /*op*/, const Types& /*in*/, const Contents& known) {
  const Elements &a = known_of(known, 1), &b = known_of(known, 2), &by = known_of(known, 0);
  if (!a || !b || a->empty() || b->empty() || (by && by->empty())) return std::nullopt;
  std::vector<Element> result;
  for (size_t i = 0; i < std::max({a->size(), b->size(), by ? by->size() : 1}); ++i) {
    const Element &x = (*a)[a->size() == 1 ? 0 : i], &y = (*b)[b->size() == 1 ? 0 : i];
    const Element chosen = by ? (*by)[by->size() == 1 ? 0 : i] : std::nullopt;
    if (chosen && chosen->is_constant())
      result.push_back(*chosen == Dim(0) ? y : x);
    else
      result.push_back(x == y ? x : std::nullopt);
  }
  return result;
}

}  // namespace lathe::ops
