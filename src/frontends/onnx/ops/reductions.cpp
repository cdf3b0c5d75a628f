// Reductions over axes, and what finds the largest.
#include <algorithm>
#include <numeric>

#include "base/dtype.h"
#include "frontends/onnx/registry.h"
#include "ops/activation.h"
#include "ops/arg.h"
#include "ops/top_k.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

/// Axes are an attribute, from opset 13 (sums) and 18 on an input; none: all of them, or with noop_with_empty_axes
/// none.
struct Folded {
  ValueId x;
  std::vector<int64_t> axes;
  bool keep;
  explicit Folded(NodeReader& n) : x(n.in(0)), keep(n.integer("keepdims", 1) != 0) {
    axes = n.axes(n.axes_of("axes", 1), n.rank(x));
    const bool may_be_none = n.integer("noop_with_empty_axes", 0) != 0;
    if (!axes.empty() || may_be_none) return;
    axes.resize(static_cast<size_t>(n.rank(x)));
    std::iota(axes.begin(), axes.end(), int64_t{0});
  }
};

ValueId reduced(NodeReader& n, ReduceKind kind, ValueId x, const Folded& f) {
  return n.reduce(kind, x, f.axes, f.keep);
}

template <ReduceKind kind>
void reduce(NodeReader& n) {
  const Folded f(n);
  n.give(reduced(n, kind, f.x, f));
}

void l1(NodeReader& n) {
  const Folded f(n);
  n.give(reduced(n, ReduceKind::sum, n.unary(UnaryKind::abs, f.x), f));
}

void sum_square(NodeReader& n) {
  const Folded f(n);
  n.give(reduced(n, ReduceKind::sum, n.binary(BinaryKind::mul, f.x, f.x), f));
}

/// A float function of whole numbers is computed in double precision.
ValueId by_floats(NodeReader& n, UnaryKind kind, ValueId x) {
  const DType type = n.dtype(x);
  return is_float(type) ? n.unary(kind, x) : n.cast(n.unary(kind, n.cast(x, DType::f64)), type);
}

void l2(NodeReader& n) {
  const Folded f(n);
  n.give(by_floats(n, UnaryKind::sqrt, reduced(n, ReduceKind::sum, n.binary(BinaryKind::mul, f.x, f.x), f)));
}

void log_sum(NodeReader& n) {
  const Folded f(n);
  n.give(by_floats(n, UnaryKind::log, reduced(n, ReduceKind::sum, f.x, f)));
}

/// log(sum exp(x - m)) + m with the maximum m, so that nothing overflows; where that is infinite, 0 takes its place.
void log_sum_exp(NodeReader& n) {
  Folded f(n);
  const DType type = n.dtype(f.x);
  if (!is_float(type)) f.x = n.cast(f.x, DType::f64);
  ValueId most = n.reduce(ReduceKind::max, f.x, f.axes);
  most = n.add(ops::Where{}, {n.unary(UnaryKind::is_inf, most), n.scalar(0, n.dtype(f.x)), most});
  const ValueId powers = n.unary(UnaryKind::exp, n.binary(BinaryKind::sub, f.x, most));
  ValueId result = n.binary(BinaryKind::add, n.unary(UnaryKind::log, n.reduce(ReduceKind::sum, powers, f.axes)), most);
  if (!f.keep) {
    std::vector<Dim> shape;
    for (int64_t d = 0; d < n.rank(f.x); ++d)
      if (std::find(f.axes.begin(), f.axes.end(), d) == f.axes.end()) shape.push_back(n.dim(f.x, d));
    result = n.reshape(result, shape);
  }
  n.give(n.cast(result, type));
}

template <ops::ArgKind kind>
void arg(NodeReader& n) {
  const ValueId x = n.in(0);
  const int64_t axis = n.axis(n.integer("axis", 0), n.rank(x));
  n.give(n.add(ops::Arg{kind, axis, n.integer("keepdims", 1) != 0, n.integer("select_last_index", 0) != 0}, {x}));
}

void top_k(NodeReader& n) {
  const ValueId x = n.in(0);
  ops::TopK op;
  op.axis = n.axis(n.integer("axis", -1), n.rank(x));
  op.largest = n.integer("largest", 1) != 0;
  op.sorted = n.integer("sorted", 1) != 0;
  if (n.opset() < 10) {
    op.k = Dim(n.integer("k"));
  } else {
    const std::vector<Dim> k = n.known_sizes(n.in(1), "k");
    if (k.size() != 1) n.corrupt("its k is no single number");
    op.k = k[0];
  }
  const std::vector<ValueId> results = n.add_all(op, {x});
  n.give(0, results[0]);
  n.give(1, results[1]);
}

constexpr Entry kEntries[] = {
    {"ArgMax", arg<ops::ArgKind::max>},
    {"ArgMin", arg<ops::ArgKind::min>},
    {"ReduceL1", l1},
    {"ReduceL2", l2},
    {"ReduceLogSum", log_sum},
    {"ReduceLogSumExp", log_sum_exp},
    {"ReduceMax", reduce<ReduceKind::max>},
    {"ReduceMean", reduce<ReduceKind::mean>},
    {"ReduceMin", reduce<ReduceKind::min>},
    {"ReduceProd", reduce<ReduceKind::prod>},
    {"ReduceSum", reduce<ReduceKind::sum>},
    {"ReduceSumSquare", sum_square},
    {"TopK", top_k},
};

}  // namespace

std::span<const Entry> reductions_entries() { return kEntries; }

}  // namespace lathe::onnx
