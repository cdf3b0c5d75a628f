#include "ir/compose/pad.h"

#include "base/number.h"
#include "ir/pattern.h"
#include "ops/slice.h"
#include "ops/where.h"

namespace lathe::ir {
namespace {

/// What a padding takes away, or puts there: of a number of any sign a run finds out which.
Dim taken(const Dim& padding) {
  if (has_numbers(padding)) return Dim::max(Dim(0) - padding, Dim(0));
  return padding.is_constant() && padding.constant() < 0 ? Dim(0) - padding : Dim(0);
}
Dim put(const Dim& padding) { return has_numbers(padding) ? Dim::max(padding, Dim(0)) : padding + taken(padding); }

/// x without what is taken from both ends of its dimensions.
ValueId cropped(Composer& n, ValueId x, const std::vector<Dim>& before, const std::vector<Dim>& after) {
  ops::Slice op;
  op.size = n.shape(x);
  for (size_t d = 0; d < before.size(); ++d) {
    op.start.push_back(taken(before[d]));
    op.size[d] = n.network().named_size(op.size[d] - op.start[d] - taken(after[d]), "pad");
  }
  return op.size == n.shape(x) ? x : n.add(op, {x});
}

}  // namespace

ValueId padded(Composer& n, ValueId x, std::vector<Dim> before, std::vector<Dim> after, ops::PadMode mode,
               ValueId value) {
  x = cropped(n, x, before, after);
  for (std::vector<Dim>* list : {&before, &after})
    for (Dim& d : *list) d = put(d);
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
