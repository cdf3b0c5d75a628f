#include "ir/compose/pad.h"

#include "ir/pattern.h"
#include "ops/where.h"

namespace lathe::ir {

ValueId padded(Composer& n, ValueId x, std::vector<Dim> before, std::vector<Dim> after, ops::PadMode mode,
               ValueId value) {
  const auto negative = [](const Dim& d) { return d.is_constant() && d.constant() < 0; };
  for (size_t d = 0; d < before.size(); ++d) {
    const Dim front = negative(before[d]) ? Dim(0) - before[d] : Dim(0),
              back = negative(after[d]) ? Dim(0) - after[d] : Dim(0);
    if (front == Dim(0) && back == Dim(0)) continue;
    x = n.slice(x, static_cast<int64_t>(d), front, n.dim(x, static_cast<int64_t>(d)) - front - back);
    if (negative(before[d])) before[d] = Dim(0);
    if (negative(after[d])) after[d] = Dim(0);
  }
  ops::Pad op;
  op.before = before;
  op.after = after;
  op.mode = mode;
  if (value == kNone || mode != ops::PadMode::constant) return n.add(op, {x});
  if (const auto number = number_of(n.network(), value)) {
    op.value = *number;
    return n.add(op, {x});
  }
  // A value that only a run knows: taken where the padded ones are not of x.
  const ValueId inside = n.add(op, {n.expand(n.scalar(1, DType::boolean), n.shape(x))});
  return n.add(ops::Where{}, {inside, n.add(op, {x}), value});
}

}  // namespace lathe::ir
