#include "ops/expand.h"

#include "ops/shape_rules.h"
#include "ops/signed_sizes.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Expand, expand, Traits{})

Types infer(const Expand& op, const Types& in, Equalities& needed) {
  check_count("expand", in, 1, 1);
  return {{in[0].dtype, broadcast("expand", in, in[0].shape, op.shape, needed)}};
}

size_t resolve(Expand& op, const Types& in, const Contents& known) {
  check_count("expand", in, 1, 2);
  if (in.size() == 2) {
    if (!op.shape.empty()) reject("expand", in, "the shape is an attribute and an input");
    op.shape = expanded(in[0].shape, sizes_from("expand", in, known, 1, "shape"));
  }
  for (Dim& d : op.shape)
    if (d == Dim(-1)) d = Dim(1);  // what broadcasts keeps the other's size
  return 1;
}

Elements elements(const Expand& op, const Types& /*in*/, const Contents& known) {
  const Elements& x = known_of(known, 0);
  if (!x || x->size() != 1 || op.shape.size() != 1) return x;
  const Dim& count = op.shape[0];
  if (!count.is_constant() || count.constant() < 0 || count.constant() > kMostElements) return std::nullopt;
  return std::vector<Element>(static_cast<size_t>(count.constant()), (*x)[0]);
}

}  // namespace lathe::ops
