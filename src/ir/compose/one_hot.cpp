#include "ir/compose/one_hot.h"

#include "ops/compare.h"
#include "ops/where.h"

namespace lathe::ir {

ValueId one_hot(Composer& n, ValueId indices, const Dim& depth, ValueId values, int64_t new_axis) {
  const int64_t rank = n.rank(indices) + 1;
  const int64_t axis = n.axis(new_axis, rank);
  std::vector<Dim> along(static_cast<size_t>(rank), Dim(1));
  along[static_cast<size_t>(axis)] = depth;
  const ValueId places = n.reshape(n.range(depth), along);
  const ValueId wanted = n.unsqueeze(n.cast(indices, DType::i64), {axis});
  const auto hit = [&](ValueId place) { return n.add(ops::Compare{ops::CompareKind::equal}, {place, wanted}); };
  // A negative index counts from the end.
  const ValueId lowered = n.binary(ops::BinaryKind::sub, places, n.size(depth));
  const ValueId on = n.binary(ops::BinaryKind::or_, hit(places), hit(lowered));
  const auto value = [&](int64_t i) { return n.reshape(n.slice(values, 0, Dim(i), Dim(1)), {}); };
  return n.add(ops::Where{}, {on, value(1), value(0)});
}

}  // namespace lathe::ir
