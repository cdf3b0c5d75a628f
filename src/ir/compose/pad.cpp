#include "ir/compose/pad.h"

#include "ir/pattern.h"
#include "ops/where.h"

namespace lathe::ir {
namespace {

/// How much a padding takes away: what is below 0 of it, as far as its form does not show that it is none.
Dim taken_away(const Dim& padding) { return padding.is_rising() ? Dim(0) : Dim::max(Dim(0) - padding, Dim(0)); }

}  // namespace

ValueId padded(Composer& n, ValueId x, std::vector<Dim> before, std::vector<Dim> after, ops::PadMode mode,
               ValueId value) {
  std::vector<Dim> natural = n.shape(x);
  for (size_t d = 0; d < before.size(); ++d) {
    natural[d] = natural[d] + before[d] + after[d];
    const Dim front = taken_away(before[d]), back = taken_away(after[d]);
    if (front == Dim(0) && back == Dim(0)) continue;
    x = n.slice(x, static_cast<int64_t>(d), front, n.dim(x, static_cast<int64_t>(d)) - front - back);
    before[d] = Dim::max(before[d], Dim(0));
    after[d] = Dim::max(after[d], Dim(0));
  }
  ops::Pad op;
  op.before = before;
  op.after = after;
  op.mode = mode;
  if (value == kNone || mode != ops::PadMode::constant) return n.reshape(n.add(op, {x}), natural);
  if (const auto number = number_of(n.network(), value)) {
    op.value = *number;
    return n.reshape(n.add(op, {x}), natural);
  }
  // A value that only a run knows: taken where the padded ones are not of x.
  const ValueId inside = n.add(op, {n.expand(n.scalar(1, DType::boolean), n.shape(x))});
  return n.reshape(n.add(ops::Where{}, {inside, n.add(op, {x}), value}), natural);
}

}  // namespace lathe::ir
