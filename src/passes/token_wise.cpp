#include "passes/token_wise.h"

#include <algorithm>

#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/concat.h"
#include "ops/embedding.h"
#include "ops/gather.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/unary.h"

namespace lathe::passes {
namespace {

using Form = std::optional<RowForm>;

/// A node that may have a form on rows, with the few questions that the rules below put.
struct Candidate {
  const ir::Network& network;
  const ir::Node& node;
  std::span<const Dim> lead;
  const Dim& count;

  int leading() const { return static_cast<int>(lead.size()); }
  const std::vector<Dim>& shape(size_t i) const { return network.value(node.inputs[i]).type.shape; }
  const std::vector<Dim>& result() const { return network.value(node.outputs[0]).type.shape; }
  bool rows(size_t i) const { return has_rows(shape(i), lead); }

  /// An axis beyond the leading dimensions of a tensor of this rank, renumbered from the end; 0 for another.
  int64_t inner_axis(int64_t axis, size_t rank) const {
    auto r = static_cast<int64_t>(rank);
    int64_t from_start = axis < 0 ? axis + r : axis;
    return from_start < leading() ? 0 : from_start - r;
  }
  /// [lead.., rest..] -> [count, rest..]
  std::vector<Dim> on_rows(const std::vector<Dim>& full) const {
    std::vector<Dim> out = {count};
    out.insert(out.end(), full.begin() + leading(), full.end());
    return out;
  }
};

Form all_rows(const Candidate& candidate, ops::Op op) {
  return RowForm{std::move(op), std::vector<Operand>(candidate.node.inputs.size(), Operand::rows)};
}

/// Whether operand `i` of an op with the trait holds rows; the others are weights that all rows share.
bool holds_rows(const ir::Network& network, const ir::Node& node, size_t i) {
  using Kind = ops::EpilogueRecord::Kind;
  if (const auto* linear = node.op.as<ops::Linear>()) {
    int residual = linear->epilogue.operand_of(Kind::residual);
    return i == 0 || (residual >= 0 && i == static_cast<size_t>(residual) + 2);
  }
  if (const auto* norm = node.op.as<ops::LayerNorm>()) return i == 0 || (norm->residual && i == 1);
  if (const auto* embedding = node.op.as<ops::Embedding>())
    return i < 2 * static_cast<size_t>(embedding->terms) && i % 2 == 1;
  return !network.is_constant(node.inputs[i]);
}

/// Ops that carry the trait.
Form by_trait(const Candidate& a) {
  const ops::Op& op = a.node.op;
  bool elementwise = op.is<ops::Act>() || op.is<ops::Unary>() || op.is<ops::Cast>();
  // Otherwise the last dimension is a row's content and cannot be one of the leading ones.
  if (!elementwise && static_cast<int>(a.result().size()) <= a.leading()) return std::nullopt;
  RowForm form{op, {}};
  for (size_t i = 0; i < a.node.inputs.size(); ++i) {
    bool rows = holds_rows(a.network, a.node, i);
    if (rows && !a.rows(i)) return std::nullopt;
    form.operands.push_back(rows ? Operand::rows : Operand::shared);
  }
  return form;
}

/// Operands with all rows, or such that broadcast over all rows.
Form of_binary(const Candidate& a) {
  size_t rank = a.result().size();
  RowForm form{a.node.op, {}};
  for (size_t i = 0; i < 2; ++i) {
    const std::vector<Dim>& shape = a.shape(i);
    if (shape.size() == rank && a.rows(i)) {
      form.operands.push_back(Operand::rows);
      continue;
    }
    size_t inner = rank - a.lead.size(), extra = shape.size() > inner ? shape.size() - inner : 0;
    bool ones = std::all_of(shape.begin(), shape.begin() + static_cast<int64_t>(extra),
                            [](const Dim& d) { return d == Dim(1); });
    if (!ones) return std::nullopt;
    form.operands.push_back(extra == 0 ? Operand::shared : Operand::squeezed);
  }
  if (form.operands[0] != Operand::rows && form.operands[1] != Operand::rows) return std::nullopt;
  return form;
}

Form of_gather(const Candidate& a, const ops::Gather& op) {
  bool lookup = op.axis == 0 && a.rows(1) && !a.rows(0);
  if (!lookup) return std::nullopt;
  return RowForm{op, {Operand::shared, Operand::rows}};
}

Form of_matmul(const Candidate& a, const ops::MatMul& op) {
  int rank = static_cast<int>(a.shape(0).size());
  bool rows_are_leading = rank > a.leading() + 1 || (rank == a.leading() + 1 && !op.transpose_a);
  if (!a.rows(0) || !rows_are_leading || a.shape(1).size() != 2 || a.rows(1)) return std::nullopt;
  return RowForm{op, {Operand::rows, Operand::shared}};
}

Form of_reduce(const Candidate& a, ops::Reduce op) {
  for (int64_t& axis : op.axes)
    if ((axis = a.inner_axis(axis, a.shape(0).size())) == 0) return std::nullopt;
  return a.rows(0) ? all_rows(a, op) : std::nullopt;
}

Form of_softmax(const Candidate& a, ops::Softmax op) {
  op.axis = a.inner_axis(op.axis, a.shape(0).size());
  return a.rows(0) && op.axis != 0 ? all_rows(a, op) : std::nullopt;
}

Form of_concat(const Candidate& a, ops::Concat op) {
  op.axis = a.inner_axis(op.axis, a.shape(0).size());
  for (size_t i = 0; i < a.node.inputs.size(); ++i)
    if (!a.rows(i)) return std::nullopt;
  return op.axis != 0 ? all_rows(a, op) : std::nullopt;
}

Form of_transpose(const Candidate& a, const ops::Transpose& op) {
  auto rank = static_cast<int64_t>(op.perm.size());
  ops::Transpose on_rows{{0}};
  for (int64_t i = 0; i < rank; ++i) {
    int64_t axis = op.perm[static_cast<size_t>(i)];
    if (axis < 0) axis += rank;
    if ((i < a.leading()) != (axis < a.leading()) || (i < a.leading() && i != axis)) return std::nullopt;
    if (i >= a.leading()) on_rows.perm.push_back(axis - a.leading() + 1);
  }
  return a.rows(0) ? all_rows(a, on_rows) : std::nullopt;
}

Form of_slice(const Candidate& a, const ops::Slice& op) {
  ops::Slice on_rows{{Dim(0)}, {a.count}, {}};
  if (!op.stride.empty()) on_rows.stride.push_back(1);
  for (size_t i = 0; i < op.start.size(); ++i) {
    int64_t stride = op.stride.empty() ? 1 : op.stride[i];
    if (static_cast<int>(i) < a.leading()) {
      if (!(op.start[i] == Dim(0)) || stride != 1) return std::nullopt;
      continue;
    }
    on_rows.start.push_back(op.start[i]);
    on_rows.size.push_back(op.size[i]);
    if (!op.stride.empty()) on_rows.stride.push_back(stride);
  }
  return a.rows(0) ? all_rows(a, on_rows) : std::nullopt;
}

}  // namespace

bool has_rows(const std::vector<Dim>& shape, std::span<const Dim> lead) {
  return shape.size() >= lead.size() && std::equal(lead.begin(), lead.end(), shape.begin());
}

Form row_form(const ir::Network& network, const ir::Node& node, std::span<const Dim> lead, const Dim& count) {
  if (node.outputs.size() != 1 || node.inputs.empty()) return std::nullopt;
  Candidate a{network, node, lead, count};
  if (!has_rows(a.result(), lead)) return std::nullopt;
  const ops::Op& op = node.op;
  if (op.traits().token_wise) return by_trait(a);
  if (op.is<ops::Binary>()) return of_binary(a);
  if (const auto* gather = op.as<ops::Gather>()) return of_gather(a, *gather);
  if (const auto* matmul = op.as<ops::MatMul>()) return of_matmul(a, *matmul);
  if (const auto* reduce = op.as<ops::Reduce>()) return of_reduce(a, *reduce);
  if (const auto* softmax = op.as<ops::Softmax>()) return of_softmax(a, *softmax);
  if (const auto* concat = op.as<ops::Concat>()) return of_concat(a, *concat);
  if (const auto* transpose = op.as<ops::Transpose>()) return of_transpose(a, *transpose);
  if (const auto* slice = op.as<ops::Slice>()) return of_slice(a, *slice);
  if (op.is<ops::Reshape>() && a.rows(0)) return all_rows(a, ops::Reshape{a.on_rows(a.result())});
  return std::nullopt;
}

}  // namespace lathe::passes
