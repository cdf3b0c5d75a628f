#include "ir/compose/pad.h"

#include "base/number.h"
#include "ir/pattern.h"
#include "ops/slice.h"
#include "ops/where.h"

namespace lathe::ir {
namespace {

/// How much a padding takes away: what is below 0 of it, as far as its form does not show that it is none.
Dim taken_away(const Dim& padding) { return padding.is_rising() ? Dim(0) : Dim::max(Dim(0) - padding, Dim(0)); }

}  // namespace

ValueId padded(Composer& n, ValueId x, std::vector<Dim> before, std::vector<Dim> after, ops::PadMode mode,
               ValueId value) {
  const auto is_number = [](const Dim& d) { return has_numbers(d); };
  const bool any =
      std::any_of(before.begin(), before.end(), is_number) || std::any_of(after.begin(), after.end(), is_number);
  std::vector<Dim> natural = n.shape(x);
  for (size_t d = 0; d < before.size(); ++d) {
    natural[d] = natural[d] + before[d] + after[d];
    const Dim front = taken_away(before[d]), back = taken_away(after[d]);
    if (front == Dim(0) && back == Dim(0)) continue;
    const Dim left = n.dim(x, static_cast<int64_t>(d)) - front - back;
    x = n.slice(x, static_cast<int64_t>(d), front, any ? n.network().named_size(left, "pad") : left);
    before[d] = Dim::max(before[d], Dim(0));
    after[d] = Dim::max(after[d], Dim(0));
  }
  // Of sizes alone the sum is the plainer form.
  const auto result = [&](ValueId y) { return any ? y : n.reshape(y, natural); };
  ops::Pad op;
  op.before = before;
  op.after = after;
  op.mode = mode;
  if (value == kNone || mode != ops::PadMode::constant) return result(n.add(op, {x}));
  if (const auto number = number_of(n.network(), value)) {
    op.value = *number;
    return result(n.add(op, {x}));
  }
  // A value that only a run knows: taken where the padded ones are not of x.
  const ValueId inside = n.add(op, {n.expand(n.scalar(1, DType::boolean), n.shape(x))});
  return result(n.add(ops::Where{}, {inside, n.add(op, {x}), value}));
}

}  // namespace lathe::ir
