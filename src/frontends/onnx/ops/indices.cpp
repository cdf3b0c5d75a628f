// What reads and writes at places that a tensor holds.
#include <algorithm>

#include "base/dtype.h"
#include "base/error.h"
#include "frontends/onnx/registry.h"
#include "ir/compose/one_hot.h"
#include "ir/compose/scaled.h"
#include "ops/gather.h"
#include "ops/gather_elements.h"
#include "ops/gather_nd.h"
#include "ops/nms.h"
#include "ops/non_zero.h"
#include "ops/reverse_sequence.h"
#include "ops/scatter_elements.h"
#include "ops/scatter_nd.h"
#include "ops/unique.h"

namespace lathe::onnx {
namespace {

/// Indices as ops take them.
ValueId index(NodeReader& n, ValueId v) {
  return n.dtype(v) == DType::i32 || n.dtype(v) == DType::i64 ? v : n.cast(v, DType::i64);
}

/// One index that is known is a part of the tensor: passes see which.
ValueId part_at(NodeReader& n, ValueId data, ValueId indices, int64_t axis) {
  const ops::Elements known = n.network().elements(indices);
  if (!known || known->size() != 1 || !(*known)[0] || !(*known)[0]->is_constant()) return ir::kNone;
  const int64_t index = (*known)[0]->constant();
  const Dim size = n.dim(data, axis);
  // Where the size is unknown, only a run says whether the index is inside: slices look.
  if (size.is_constant() && (index >= size.constant() || index < -size.constant())) return ir::kNone;
  const ValueId part = n.slice(data, axis, index < 0 ? size + Dim(index) : Dim(index), Dim(1));
  std::vector<Dim> shape = n.shape(part);
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, n.shape(indices).begin(), n.shape(indices).end());
  return n.reshape(part, shape);
}

/// Negative indices count from the end.
ValueId gathered(NodeReader& n, ValueId data, ValueId indices, int64_t axis) {
  axis = n.axis(axis, n.rank(data));
  if (const ValueId part = part_at(n, data, indices, axis); part != ir::kNone) return part;
  return n.add(ops::Gather{.axis = axis, .from_end = true}, {data, index(n, indices)});
}

void gather(NodeReader& n) { n.give(gathered(n, n.in(0), n.in(1), n.integer("axis", 0))); }

void gather_elements(NodeReader& n) {
  const ValueId x = n.in(0);
  n.give(n.add(ops::GatherElements{n.axis(n.integer("axis", 0), n.rank(x))}, {x, index(n, n.in(1))}));
}

void gather_nd(NodeReader& n) {
  n.give(n.add(ops::GatherNd{n.integer("batch_dims", 0)}, {n.in(0), index(n, n.in(1))}));
}

ops::ScatterReduction reduction(NodeReader& n) {
  const std::string kind = n.text("reduction", "none");
  if (kind == "none") return ops::ScatterReduction::none;
  if (kind == "add") return ops::ScatterReduction::add;
  if (kind == "mul") return ops::ScatterReduction::mul;
  if (kind == "max") return ops::ScatterReduction::max;
  if (kind == "min") return ops::ScatterReduction::min;
  n.corrupt(fmt::format("its reduction {} is none of ONNX", shown(kind)));
}

void scatter_elements(NodeReader& n) {
  const ValueId x = n.in(0);
  const ops::ScatterElements op{n.axis(n.integer("axis", 0), n.rank(x)), reduction(n)};
  n.give(n.add(op, {x, index(n, n.in(1)), n.in(2)}));
}

void scatter_nd(NodeReader& n) { n.give(n.add(ops::ScatterNd{reduction(n)}, {n.in(0), index(n, n.in(1)), n.in(2)})); }

void one_hot(NodeReader& n) {
  const ValueId indices = n.in(0), values = n.in(2);
  std::vector<Dim> depth;
  if (const auto number = n.known(n.in(1)); number && is_float(number->dtype))
    depth = {Dim(ir::whole_part(n.known_number(n.in(1), "depth")))};
  else
    depth = n.known_sizes(n.in(1), "depth");
  if (depth.size() != 1) n.corrupt("its depth is no single number");
  n.give(ir::one_hot(n, indices, depth[0], values, n.integer("axis", -1)));
}

void non_zero(NodeReader& n) { n.give(n.add(ops::NonZero{n.network().unique_symbol("nonzero")}, {n.in(0)})); }

/// The elements, or parts along an axis, where the condition holds: as many flags as there are parts count, and parts
/// without a flag are left out.
void compress(NodeReader& n) {
  ValueId x = n.in(0), condition = n.in(1);
  int64_t axis = 0;
  if (n.has("axis"))
    axis = n.axis(n.integer("axis", 0), n.rank(x));
  else
    x = n.reshape(x, {count_of(n.shape(x))});
  const Dim count = count_of(n.shape(condition)), parts = n.dim(x, axis);
  if (!(count == parts)) condition = n.slice(n.reshape(condition, {count}), 0, Dim(0), Dim::min(count, parts));
  const ValueId places = n.add(ops::NonZero{n.network().unique_symbol("compressed")}, {condition});
  n.give(gathered(n, x, n.reshape(places, {n.dim(places, 1)}), axis));
}

void reverse_sequence(NodeReader& n) {
  const ops::ReverseSequence op{n.integer("time_axis", 0), n.integer("batch_axis", 1)};
  n.give(n.add(op, {n.in(0), index(n, n.in(1))}));
}

void unique(NodeReader& n) {
  ops::Unique op;
  op.along_axis = n.has("axis");
  if (op.along_axis) op.axis = n.axis(n.integer("axis", 0), n.rank(n.in(0)));
  op.sorted = n.integer("sorted", 1) != 0;
  op.symbol = n.network().unique_symbol("unique");
  const std::vector<ValueId> results = n.add_all(op, {n.in(0)});
  for (size_t i = 0; i < results.size(); ++i) n.give(i, results[i]);
}

void nms(NodeReader& n) {
  ops::Nms op;
  op.center_point_box = n.integer("center_point_box", 0) != 0;
  op.max_output_boxes_per_class = n.has(2) ? n.known_integer(n.in(2), "max_output_boxes_per_class") : 0;
  op.iou_threshold = n.has(3) ? n.known_number(n.in(3), "iou_threshold") : 0;
  if (n.has(4)) op.score_threshold = n.known_number(n.in(4), "score_threshold");
  op.symbol = n.network().unique_symbol("selected");
  n.give(n.add(op, {n.in(0), n.in(1)}));
}

/// The update [batch, .., count, ..] written into the cache along an axis, from each batch's own index on; circular: on
/// from the start where it reaches the end.
void tensor_scatter(NodeReader& n) {
  const ValueId cache = n.in(0), update = n.in(1);
  const int64_t axis = n.axis(n.integer("axis", -2), n.rank(cache));
  if (axis == 0 || n.rank(update) != n.rank(cache))
    n.corrupt("its axis is that of the batch, or its update has another rank");
  const std::vector<Dim> shape = n.shape(update);
  const Dim count = shape[static_cast<size_t>(axis)];
  std::vector<Dim> along(shape.size(), Dim(1)), of_batch = along;
  along[static_cast<size_t>(axis)] = count;
  of_batch[0] = shape[0];
  ValueId places = n.reshape(n.range(count), along);
  if (n.has(2)) places = n.binary(ops::BinaryKind::add, places, n.reshape(n.cast(n.in(2), DType::i64), of_batch));
  if (n.text("mode", "linear") == "circular")
    places = n.binary(ops::BinaryKind::mod, places, n.size(n.dim(cache, axis)));
  n.give(n.add(ops::ScatterElements{axis, ops::ScatterReduction::none}, {cache, n.expand(places, shape), update}));
}

constexpr Entry kEntries[] = {
    {"Compress", compress},
    {"Gather", gather},
    {"GatherElements", gather_elements},
    {"GatherND", gather_nd},
    {"NonMaxSuppression", nms},
    {"NonZero", non_zero},
    {"OneHot", one_hot},
    {"ReverseSequence", reverse_sequence},
    {"Scatter", scatter_elements},
    {"ScatterElements", scatter_elements},
    {"ScatterND", scatter_nd},
    {"TensorScatter", tensor_scatter},
    {"Unique", unique},
};

}  // namespace

std::span<const Entry> indices_entries() { return kEntries; }

}  // namespace lathe::onnx
