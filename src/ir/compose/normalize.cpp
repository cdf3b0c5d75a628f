#include "ir/compose/normalize.h"

namespace lathe::ir {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

Normalized normalized(Composer& n, ValueId x, const std::vector<int64_t>& axes, double epsilon) {
  const ValueId mean = n.reduce(ReduceKind::mean, x, axes);
  const ValueId difference = n.binary(BinaryKind::sub, x, mean);
  const ValueId variance = n.reduce(ReduceKind::mean, n.binary(BinaryKind::mul, difference, difference), axes);
  const ValueId deviation = n.unary(UnaryKind::sqrt, n.by_number(BinaryKind::add, variance, epsilon));
  return {n.binary(BinaryKind::div, difference, deviation), mean, n.unary(UnaryKind::recip, deviation)};
}

ValueId affine(Composer& n, ValueId y, ValueId scale, ValueId bias) {
  if (scale != kNone) y = n.binary(BinaryKind::mul, y, scale);
  return bias == kNone ? y : n.binary(BinaryKind::add, y, bias);
}

ValueId per_channel(Composer& n, ValueId v, int64_t rank) {
  std::vector<Dim> shape = {count_of(n.shape(v))};
  for (int64_t d = 2; d < rank; ++d) shape.emplace_back(1);
  return n.reshape(v, shape);
}

}  // namespace lathe::ir
