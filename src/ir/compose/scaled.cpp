#include "ir/compose/scaled.h"

#include <fmt/format.h>

#include <cmath>

namespace lathe::ir {

int64_t whole_part(double number) {
  constexpr auto kLimit = static_cast<double>(int64_t{1} << 62);
  if (std::isnan(number)) return 0;
  return static_cast<int64_t>(std::fmin(std::fmax(number, -kLimit), kLimit));
}

std::optional<Dim> scaled(const Composer& n, const Dim& d, double scale) {
  if (!(scale > 0)) n.corrupt(fmt::format("its scale {} is not positive", scale));
  if (d.is_constant())
    return Dim(whole_part(static_cast<double>(static_cast<float>(d.constant()) * static_cast<float>(scale))));
  for (int64_t q = 1; q <= 64; ++q)
    if (const double p = scale * static_cast<double>(q); p == std::floor(p) && p < 1e15)
      return Dim::floordiv(d * Dim(whole_part(p)), Dim(q));
  return std::nullopt;
}

}  // namespace lathe::ir
