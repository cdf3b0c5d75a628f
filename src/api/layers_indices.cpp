#include <algorithm>
#include <numeric>

#include "api/adder.h"
#include "ir/compose/one_hot.h"
#include "lathe/layers/indices.h"
#include "ops/gather.h"
#include "ops/gather_elements.h"
#include "ops/gather_nd.h"
#include "ops/non_zero.h"
#include "ops/reverse_sequence.h"
#include "ops/scatter_elements.h"
#include "ops/scatter_nd.h"

namespace lathe {

using api::Adder;
using ir::ValueId;

namespace {

/// Indices as ops take them.
ValueId index(Adder& n, const Tensor& tensor) {
  const ValueId v = n.in(tensor);
  return n.dtype(v) == DType::i32 || n.dtype(v) == DType::i64 ? v : n.cast(v, DType::i64);
}

ops::ScatterReduction reduction_of(ScatterJoin join) { return static_cast<ops::ScatterReduction>(join); }
static_assert(static_cast<int>(ScatterJoin::min) == static_cast<int>(ops::ScatterReduction::min));

/// The axis moved behind the batch dimensions, where coordinates of one number pick; what lies before it moves back.
ValueId gathered_in_batches(Adder& n, ValueId data, ValueId indices, int64_t axis, int64_t batch) {
  if (batch > n.rank(indices) || axis < batch) n.invalid("its axis is one of the batch");
  std::vector<int64_t> perm(static_cast<size_t>(n.rank(data)));
  std::iota(perm.begin(), perm.end(), int64_t{0});
  std::rotate(perm.begin() + batch, perm.begin() + axis, perm.begin() + axis + 1);
  const int64_t picked = n.rank(indices) - batch, before = axis - batch;
  const ValueId y = n.add(ops::GatherNd{batch}, {n.transpose(data, perm), n.unsqueeze(indices, {n.rank(indices)})});
  std::vector<int64_t> back(static_cast<size_t>(n.rank(y)));
  std::iota(back.begin(), back.end(), int64_t{0});
  std::rotate(back.begin() + batch, back.begin() + batch + picked, back.begin() + batch + picked + before);
  return n.transpose(y, back);
}

}  // namespace

Tensor gather(const Tensor& data, const Tensor& indices, int axis, int batch_dims) {
  Adder n("gather", {data, indices});
  const ValueId in = n.in(data), at = index(n, indices);
  const int64_t along = n.axis_of(axis, n.rank(in));
  if (batch_dims < 0) n.invalid("it has fewer than no batch dimensions");
  if (batch_dims > 0) return n.out(gathered_in_batches(n, in, at, along, batch_dims));
  return n.out(n.add(ops::Gather{.axis = along, .from_end = true}, {in, at}));
}

Tensor gather_elements(const Tensor& data, const Tensor& indices, int axis) {
  Adder n("gather_elements", {data, indices});
  const ValueId in = n.in(data);
  return n.out(n.add(ops::GatherElements{n.axis_of(axis, n.rank(in))}, {in, index(n, indices)}));
}

Tensor gather_nd(const Tensor& data, const Tensor& indices, int batch_dims) {
  Adder n("gather_nd", {data, indices});
  return n.out(n.add(ops::GatherNd{batch_dims}, {n.in(data), index(n, indices)}));
}

Tensor scatter_elements(const Tensor& data, const Tensor& indices, const Tensor& updates, int axis, ScatterJoin join) {
  Adder n("scatter_elements", {data, indices, updates});
  const ValueId in = n.in(data);
  const ops::ScatterElements op{n.axis_of(axis, n.rank(in)), reduction_of(join)};
  return n.out(n.add(op, {in, index(n, indices), n.in(updates)}));
}

Tensor scatter_nd(const Tensor& data, const Tensor& indices, const Tensor& updates, ScatterJoin join) {
  Adder n("scatter_nd", {data, indices, updates});
  return n.out(n.add(ops::ScatterNd{reduction_of(join)}, {n.in(data), index(n, indices), n.in(updates)}));
}

Tensor one_hot(const Tensor& indices, const Tensor& values, const Size& depth, int axis) {
  Adder n("one_hot", {indices, values});
  const ValueId at = n.in(indices);
  return n.out(ir::one_hot(n, at, api::dim_of(depth), n.in(values), n.axis_of(axis, n.rank(at) + 1)));
}

Tensor one_hot(const Tensor& indices, const Tensor& values, const Tensor& depth, int axis) {
  Adder n("one_hot", {indices, values, depth});
  const std::vector<Dim> sizes = n.sizes_in(depth, "depth");
  if (sizes.size() != 1) n.corrupt("its depth is no single number: " + depth.str());
  return one_hot(indices, values, Size(sizes[0].str()), axis);
}

Tensor non_zero(const Tensor& x, std::string_view symbol) {
  Adder n("non_zero", {x});
  return n.out(n.add(ops::NonZero{n.network().unique_symbol(symbol)}, {n.in(x)}));
}

Tensor reverse_sequence(const Tensor& x, const Tensor& lengths, int batch_axis, int time_axis) {
  Adder n("reverse_sequence", {x, lengths});
  const ValueId in = n.in(x);
  const ops::ReverseSequence op{n.axis_of(time_axis, n.rank(in)), n.axis_of(batch_axis, n.rank(in))};
  return n.out(n.add(op, {in, index(n, lengths)}));
}

}  // namespace lathe
