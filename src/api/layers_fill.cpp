#include "api/extents.h"
#include "base/dtype.h"
#include "lathe/layers/fill.h"
#include "ops/fill.h"
#include "ops/random.h"

namespace lathe {
namespace {

using api::Adder;
using ir::ValueId;
using ops::BinaryKind;

Adder adder_of(std::string_view label, Network& network, std::initializer_list<Tensor> operands) {
  const api::DataPtr data = api::Access::data(network);
  for (const Tensor& operand : operands)
    if (operand && api::Access::data(operand) != data) {
      Adder n(label, data);
      n.invalid(operand.name() + " is a tensor of another network", "make it in this one");
    }
  return {label, data};
}

std::vector<Dim> sizes_of(Adder& n, const Extents& extents) {
  std::vector<Dim> sizes = api::known(n, extents, "sizes");
  for (const Dim& d : sizes)
    if (d.is_constant() && d.constant() < 0) n.invalid("a size is " + d.str(), "give a number from 0, or a name");
  return sizes;
}

/// 0, 1, .. along one dimension, and of size 1 along the others.
ValueId indices_along(Adder& n, const std::vector<Dim>& sizes, size_t axis, double start, double step, DType type) {
  std::vector<Dim> shape(sizes.size(), Dim(1));
  shape[axis] = sizes[axis];
  return n.add(ops::Fill{type, shape, start, step, static_cast<int64_t>(axis)}, {});
}

}  // namespace

Tensor fill(Network& network, const Extents& sizes, double value, DType type) {
  Adder n = adder_of("fill", network, {sizes.computed()});
  return n.out(n.add(ops::Fill{type, sizes_of(n, sizes), value}, {}));
}

Tensor linspace(Network& network, const Extents& sizes, double start, const std::vector<double>& steps, DType type) {
  Adder n = adder_of("linspace", network, {sizes.computed()});
  const std::vector<Dim> shape = sizes_of(n, sizes);
  if (steps.size() != shape.size()) n.invalid("its steps are not one a dimension");
  if (shape.size() == 1) return n.out(indices_along(n, shape, 0, start, steps[0], type));
  ValueId y = n.add(ops::Fill{type, shape, start}, {});
  for (size_t d = 0; d < shape.size(); ++d)
    y = n.binary(BinaryKind::add, y, indices_along(n, shape, d, 0, steps[d], type));
  return n.out(y);
}

Tensor linspace(Network& network, const Extents& sizes, const Tensor& start, const Tensor& steps) {
  Adder n = adder_of("linspace", network, {sizes.computed(), start, steps});
  const std::vector<Dim> shape = sizes_of(n, sizes);
  const ValueId first = n.in(start), step = n.in(steps);
  if (n.rank(first) != 0 || n.rank(step) != 1 || !(n.shape(step)[0] == Dim(static_cast<int64_t>(shape.size()))))
    n.corrupt("a start " + start.str() + " and steps " + steps.str() + " for " + to_string(shape));
  ValueId y = n.expand(first, shape);
  for (size_t d = 0; d < shape.size(); ++d) {
    const ValueId own = n.reshape(n.slice(step, 0, Dim(static_cast<int64_t>(d)), Dim(1)), {});
    const ValueId along = n.binary(BinaryKind::mul, indices_along(n, shape, d, 0, 1, n.dtype(first)), own);
    y = n.binary(BinaryKind::add, y, along);
  }
  return n.out(y);
}

namespace {

ops::Random random_of(Adder& n, ops::RandomKind kind, const Extents& sizes, const RandomOptions& options) {
  ops::Random op;
  op.kind = kind;
  op.dtype = options.type;
  op.shape = sizes_of(n, sizes);
  op.seeded = options.seed.has_value();
  op.seed = options.seed.value_or(0);
  return op;
}

ValueId single(Adder& n, const Operand& operand, DType type) {
  return operand.tensor() ? n.cast(n.reshape(n.in(operand.tensor()), {}), type) : n.scalar(operand.number(), type);
}

}  // namespace

Tensor random_uniform(Network& network, const Extents& sizes, const Operand& low, const Operand& high,
                      const RandomOptions& options) {
  Adder n = adder_of("random_uniform", network, {sizes.computed(), low.tensor(), high.tensor()});
  ops::Random op = random_of(n, ops::RandomKind::uniform, sizes, options);
  if (!low.tensor() && !high.tensor()) {
    op.low = low.number();
    op.high = high.number();
    return n.out(n.add(op, {}));
  }
  const ValueId from = single(n, low, options.type);
  const ValueId width = n.binary(BinaryKind::sub, single(n, high, options.type), from);
  return n.out(n.binary(BinaryKind::add, n.binary(BinaryKind::mul, n.add(op, {}), width), from));
}

Tensor random_normal(Network& network, const Extents& sizes, const Operand& mean, const Operand& deviation,
                     const RandomOptions& options) {
  Adder n = adder_of("random_normal", network, {sizes.computed(), mean.tensor(), deviation.tensor()});
  ops::Random op = random_of(n, ops::RandomKind::normal, sizes, options);
  if (!mean.tensor() && !deviation.tensor()) {
    op.mean = mean.number();
    op.scale = deviation.number();
    return n.out(n.add(op, {}));
  }
  const ValueId scaled = n.binary(BinaryKind::mul, n.add(op, {}), single(n, deviation, options.type));
  return n.out(n.binary(BinaryKind::add, scaled, single(n, mean, options.type)));
}

}  // namespace lathe
