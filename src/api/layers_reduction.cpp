#include <numeric>

#include "api/extents.h"
#include "lathe/layers/reduction.h"
#include "ops/arg.h"
#include "ops/cumulate.h"
#include "ops/ragged_softmax.h"
#include "ops/softmax.h"
#include "ops/top_k.h"

namespace lathe {

using api::Adder;
using ir::ValueId;
using ops::ReduceKind;

namespace {

Tensor reduce(ReduceKind kind, const Tensor& x, std::vector<int64_t> axes, bool keep_dims) {
  Adder n("reduce_" + std::string(ops::to_string(kind)), {x});
  const ValueId in = n.in(x);
  if (axes.empty()) {
    axes.resize(static_cast<size_t>(n.rank(in)));
    std::iota(axes.begin(), axes.end(), int64_t{0});
  }
  for (int64_t& axis : axes) axis = n.axis_of(axis, n.rank(in));
  return n.out(n.reduce(kind, in, n.axes(std::move(axes), n.rank(in)), keep_dims));
}

}  // namespace

Tensor reduce_sum(const Tensor& x, const std::vector<int64_t>& axes, bool keep_dims) {
  return reduce(ReduceKind::sum, x, axes, keep_dims);
}
Tensor reduce_prod(const Tensor& x, const std::vector<int64_t>& axes, bool keep_dims) {
  return reduce(ReduceKind::prod, x, axes, keep_dims);
}
Tensor reduce_mean(const Tensor& x, const std::vector<int64_t>& axes, bool keep_dims) {
  return reduce(ReduceKind::mean, x, axes, keep_dims);
}
Tensor reduce_max(const Tensor& x, const std::vector<int64_t>& axes, bool keep_dims) {
  return reduce(ReduceKind::max, x, axes, keep_dims);
}
Tensor reduce_min(const Tensor& x, const std::vector<int64_t>& axes, bool keep_dims) {
  return reduce(ReduceKind::min, x, axes, keep_dims);
}

Tensor softmax(const Tensor& x, int axis) {
  Adder n("softmax", {x});
  const ValueId in = n.in(x);
  return n.out(n.add(ops::Softmax{n.axis_of(axis, n.rank(in))}, {in}));
}

Tensor log_softmax(const Tensor& x, int axis) {
  Adder n("log_softmax", {x});
  const ValueId in = n.in(x);
  return n.out(n.add(ops::Softmax{.axis = n.axis_of(axis, n.rank(in)), .log = true}, {in}));
}

Tensor ragged_softmax(const Tensor& x, const Tensor& lengths) {
  Adder n("ragged_softmax", {x, lengths});
  return n.out(n.add(ops::RaggedSoftmax{}, {n.in(x), n.in(lengths)}));
}

namespace {

TopK ranked(Adder& n, const Tensor& x, const Dim& k, int axis, bool largest) {
  const ValueId in = n.in(x);
  const std::vector<ValueId> made =
      n.add_all(ops::TopK{.k = k, .axis = n.axis_of(axis, n.rank(in)), .largest = largest}, {in});
  return {n.out(made[0]), n.out(made[1])};
}

}  // namespace

TopK top_k(const Tensor& x, const Size& k, int axis, bool largest) {
  Adder n("top_k", {x});
  return ranked(n, x, api::dim_of(k), axis, largest);
}

TopK top_k(const Tensor& x, const Tensor& k, int axis, bool largest) {
  Adder n("top_k", {x, k});
  const std::vector<Dim> sizes = n.sizes_in(k, "k");
  if (sizes.size() != 1) n.corrupt("k is no single number: " + k.str());
  return ranked(n, x, sizes[0], axis, largest);
}

namespace {

Tensor arg(std::string_view label, ops::ArgKind kind, const Tensor& x, int axis, bool keep_dims) {
  Adder n(label, {x});
  const ValueId in = n.in(x);
  return n.out(n.add(ops::Arg{kind, n.axis_of(axis, n.rank(in)), keep_dims}, {in}));
}

}  // namespace

Tensor arg_max(const Tensor& x, int axis, bool keep_dims) {
  return arg("arg_max", ops::ArgKind::max, x, axis, keep_dims);
}
Tensor arg_min(const Tensor& x, int axis, bool keep_dims) {
  return arg("arg_min", ops::ArgKind::min, x, axis, keep_dims);
}

Tensor cumulative_sum(const Tensor& x, int axis, bool exclusive, bool reverse) {
  Adder n("cumulative_sum", {x});
  const ValueId in = n.in(x);
  return n.out(n.add(ops::Cumulate{ops::CumulateKind::sum, n.axis_of(axis, n.rank(in)), exclusive, reverse}, {in}));
}

}  // namespace lathe
