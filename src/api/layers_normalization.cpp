#include <algorithm>
#include <numeric>

#include "api/adder.h"
#include "ir/compose/normalize.h"
#include "lathe/layers/normalization.h"

namespace lathe {

using api::Adder;
using ir::ValueId;

namespace {

ValueId or_none(Adder& n, const Tensor& tensor) { return tensor ? n.in(tensor) : ir::kNone; }

/// What narrow types are normalized in.
DType working(DType type) { return type == DType::f64 ? DType::f64 : DType::f32; }

/// (x - mean) / sqrt(var + epsilon), in f32 or f64, in x's type.
ValueId normal(Adder& n, ValueId x, const std::vector<int64_t>& axes, double epsilon) {
  const DType type = n.dtype(x);
  return n.cast(ir::normalized(n, n.cast(x, working(type)), axes, epsilon).y, type);
}

/// x [n, c, ..] as [n, groups, c / groups, ..].
ValueId grouped(Adder& n, ValueId x, int64_t groups) {
  const std::vector<Dim>& shape = n.shape(x);
  if (shape.size() < 2) n.corrupt("x has no channels: " + ops::to_string(n.type(x)));
  if (groups < 1) n.invalid("it has " + std::to_string(groups) + " groups");
  if (shape[1].is_constant() && shape[1].constant() % groups != 0)
    n.corrupt(shape[1].str() + " channels are no " + std::to_string(groups) + " groups");
  std::vector<Dim> apart = {shape[0], Dim(groups), Dim::floordiv(shape[1], Dim(groups))};
  apart.insert(apart.end(), shape.begin() + 2, shape.end());
  return n.reshape(x, apart);
}

/// Channels beside the dimensions behind them.
ValueId per_channel_or_none(Adder& n, const Tensor& tensor, ValueId x) {
  return tensor ? ir::per_channel(n, n.in(tensor), n.rank(x)) : ir::kNone;
}

std::vector<int64_t> axes_from(int64_t first, int64_t rank) {
  std::vector<int64_t> axes(static_cast<size_t>(std::max<int64_t>(rank - first, 0)));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

}  // namespace

Tensor normalization(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormalizationOptions& options) {
  Adder n("normalization", {x, scale, bias});
  const ValueId in = n.in(x);
  std::vector<int64_t> axes = options.axes;
  for (int64_t& axis : axes) axis = n.axis_of(axis, n.rank(in));
  axes = n.axes(axes, n.rank(in));
  if (axes.empty()) n.invalid("it has no axes", "say what mean and variance are taken over");
  if (options.groups == 1)
    return n.out(ir::affine(n, normal(n, in, axes, options.epsilon), or_none(n, scale), or_none(n, bias)));
  // Dimensions behind the groups have moved up; those of a group go into its mean.
  std::vector<int64_t> of_groups = {2};
  for (int64_t axis : axes)
    if (axis > 1) of_groups.push_back(axis + 1);
  ValueId y = normal(n, grouped(n, in, options.groups), of_groups, options.epsilon);
  const std::vector<Dim> shape = n.shape(in);
  bool scaled_groups = false;
  for (const auto& [tensor, kind] : {std::pair(scale, ops::BinaryKind::mul), {bias, ops::BinaryKind::add}}) {
    if (!tensor) continue;
    const ValueId value = n.in(tensor);
    const bool of_group =
        n.rank(value) >= 2 && n.shape(value)[1] == Dim(options.groups) && !(shape[1] == Dim(options.groups));
    if (kind == ops::BinaryKind::add && scaled_groups != of_group && scale)
      n.corrupt("scale " + scale.str() + " and bias " + bias.str() + " are not both of groups or of channels");
    scaled_groups = of_group;
    if (!of_group) y = n.reshape(y, shape);
    y = n.binary(kind, y, of_group ? n.unsqueeze(value, {2}) : value);
  }
  return n.out(n.reshape(y, shape));
}

Tensor layer_normalization(const Tensor& x, const Tensor& scale, const Tensor& bias, double epsilon) {
  Adder n("layer_normalization", {x, scale, bias});
  const ValueId in = n.in(x);
  const int64_t over = scale ? n.rank(n.in(scale)) : bias ? n.rank(n.in(bias)) : 1;
  if (over < 1 || over > n.rank(in)) n.corrupt("x " + x.str() + " has not the dimensions of its scale or bias");
  const ValueId y = normal(n, in, axes_from(n.rank(in) - over, n.rank(in)), epsilon);
  return n.out(ir::affine(n, y, or_none(n, scale), or_none(n, bias)));
}

Tensor instance_normalization(const Tensor& x, const Tensor& scale, const Tensor& bias, double epsilon) {
  Adder n("instance_normalization", {x, scale, bias});
  const ValueId in = n.in(x);
  if (n.rank(in) < 3) n.corrupt("x has no spatial dimensions: " + x.str());
  const ValueId y = normal(n, in, axes_from(2, n.rank(in)), epsilon);
  return n.out(ir::affine(n, y, per_channel_or_none(n, scale, in), per_channel_or_none(n, bias, in)));
}

Tensor group_normalization(const Tensor& x, const Tensor& scale, const Tensor& bias, int64_t groups, double epsilon) {
  Adder n("group_normalization", {x, scale, bias});
  const ValueId in = n.in(x);
  const ValueId apart = grouped(n, in, groups);
  const ValueId y = n.reshape(normal(n, apart, axes_from(2, n.rank(apart)), epsilon), n.shape(in));
  return n.out(ir::affine(n, y, per_channel_or_none(n, scale, in), per_channel_or_none(n, bias, in)));
}

}  // namespace lathe
