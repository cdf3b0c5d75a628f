#include <algorithm>

#include "api/extents.h"
#include "ir/compose/pad.h"
#include "lathe/layers/slice.h"
#include "ops/slice.h"

namespace lathe {
namespace {

using api::Adder;
using ir::ValueId;

ops::PadMode mode_of(Bounds bounds) {
  switch (bounds) {
    case Bounds::wrap: return ops::PadMode::wrap;
    case Bounds::clamp: return ops::PadMode::edge;
    case Bounds::reflect: return ops::PadMode::reflect;
    default: return ops::PadMode::constant;
  }
}

std::vector<Dim> one_each(Adder& n, const Extents& extents, size_t rank, std::string_view what) {
  std::vector<Dim> list = api::known(n, extents, what);
  if (list.size() != rank)
    n.corrupt(std::to_string(list.size()) + " " + std::string(what) + " for " + std::to_string(rank) + " dimensions");
  return list;
}

/// Without sizes: all elements from the start on, in the direction of the stride.
std::vector<Dim> all_from(const std::vector<Dim>& shape, const std::vector<Dim>& start,
                          const std::vector<int64_t>& stride) {
  std::vector<Dim> size;
  for (size_t d = 0; d < shape.size(); ++d)
    size.push_back(stride[d] > 0 ? Dim::ceildiv(shape[d] - start[d], Dim(stride[d]))
                                 : Dim::floordiv(start[d], Dim(-stride[d])) + Dim(1));
  return size;
}

}  // namespace

Tensor slice(const Tensor& x, const SliceOptions& options) {
  Adder n("slice", {x, options.start.computed(), options.size.computed()});
  ValueId in = n.in(x);
  const size_t rank = n.shape(in).size();
  ops::Slice op;
  op.stride = options.stride;
  if (op.stride.empty()) op.stride.assign(rank, 1);
  if (op.stride.size() != rank || std::count(op.stride.begin(), op.stride.end(), 0) > 0)
    n.invalid("its strides are not one a dimension, other than 0");
  op.start = options.start ? one_each(n, options.start, rank, "starts") : std::vector<Dim>(rank, Dim(0));
  op.size = options.size ? one_each(n, options.size, rank, "sizes") : all_from(n.shape(in), op.start, op.stride);
  if (options.bounds == Bounds::strict) return n.out(n.add(op, {in}));
  std::vector<Dim> before, after;
  for (size_t d = 0; d < rank; ++d) {
    const Dim last = op.start[d] + (op.size[d] - Dim(1)) * Dim(op.stride[d]);
    const Dim &low = op.stride[d] > 0 ? op.start[d] : last, &high = op.stride[d] > 0 ? last : op.start[d];
    before.push_back(Dim::max(Dim(0) - low, Dim(0)));
    after.push_back(Dim::max(high + Dim(1) - n.shape(in)[d], Dim(0)));
    op.start[d] = op.start[d] + before[d];
  }
  const bool reaches_out = std::any_of(before.begin(), before.end(), [](const Dim& d) { return !(d == Dim(0)); }) ||
                           std::any_of(after.begin(), after.end(), [](const Dim& d) { return !(d == Dim(0)); });
  if (reaches_out)
    in = ir::padded(n, in, before, after, mode_of(options.bounds), n.scalar(options.fill_value, n.dtype(in)));
  return n.out(n.add(op, {in}));
}

Tensor slice(const Tensor& x, int axis, const Size& start, const Size& size) {
  Adder n("slice", {x});
  const ValueId in = n.in(x);
  return n.out(n.slice(in, n.axis_of(axis, n.rank(in)), api::dim_of(start), api::dim_of(size)));
}

Tensor padding(const Tensor& x, const Extents& before, const Extents& after, const PaddingOptions& options) {
  Adder n("padding", {x, before.computed(), after.computed()});
  const ValueId in = n.in(x);
  const auto full = [&](const Extents& extents) {
    std::vector<Dim> list = api::known(n, extents, "paddings");
    if (list.size() > n.shape(in).size()) n.corrupt("more paddings than " + x.str() + " has dimensions");
    list.insert(list.begin(), n.shape(in).size() - list.size(), Dim(0));
    return list;
  };
  if (options.bounds == Bounds::strict) n.invalid("it adds what is beyond x", "say what lies there: fill, clamp, ..");
  const ValueId y =
      ir::padded(n, in, full(before), full(after), mode_of(options.bounds), n.scalar(options.value, n.dtype(in)));
  return n.out(y);
}

}  // namespace lathe
