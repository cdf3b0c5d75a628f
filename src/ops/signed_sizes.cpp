#include "ops/signed_sizes.h"

#include <algorithm>
#include "base/number.h"

namespace lathe::ops {
namespace {

/// 1 where d is larger than `number`, else 0.
Dim is_above(const Dim& d, int64_t number) { return Dim::min(Dim::max(d - Dim(number), Dim(0)), Dim(1)); }

/// One atom in products, where a sum would have a term for each of its own.
Dim as_atom(const Dim& d) { return d.is_constant() ? d : Dim::max(d, Dim(0)); }

}  // namespace

Dim is_equal(const Dim& d, int64_t number) { return is_above(d, number - 1) - is_above(d, number); }

std::vector<Dim> reshaped(const std::vector<Dim>& x, std::vector<Dim> to, bool keeps_zero,
                          const std::function<Dim(const Dim&)>& named) {
  if (std::none_of(to.begin(), to.end(), [](const Dim& d) { return has_numbers(d); })) return to;
  // Each as if it were not -1, which counts as 1.
  std::vector<Dim> known = to;
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i] == Dim(-1)) known[i] = Dim(1);
    if (!has_numbers(to[i])) continue;
    known[i] = Dim::max(to[i], Dim(0)) + is_equal(to[i], -1);
    if (keeps_zero && i < x.size()) known[i] = known[i] + is_equal(to[i], 0) * x[i];
    known[i] = named(as_atom(known[i]));
  }
  const Dim open = named(Dim::floordiv(count_of(x), count_of(known)));
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i] == Dim(-1)) known[i] = open;
    if (has_numbers(to[i]))
      known[i] = named(as_atom(known[i] + is_equal(to[i], -1) * (open - Dim(1))) + Dim::min(to[i] + Dim(1), Dim(0)));
  }
  return known;
}

std::vector<Dim> expanded(const std::vector<Dim>& x, std::vector<Dim> to) {
  for (size_t i = 0; i < to.size() && i < x.size(); ++i) {
    Dim& d = to[to.size() - 1 - i];
    if (has_numbers(d)) d = d + is_equal(d, 1) * (x[x.size() - 1 - i] - Dim(1));
  }
  return to;
}

Dim clamped(const Dim& bound, const Dim& dimension, const Dim& low, const Dim& high) {
  const Dim is_negative = Dim(1) - is_above(bound, -1);
  return Dim::max(low, Dim::min(high, bound + is_negative * dimension));
}

}  // namespace lathe::ops
