// Parts of tensors, and tensors with something around them.
#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "frontends/onnx/registry.h"
#include "ir/compose/pad.h"
#include "ops/compare.h"
#include "ops/pad.h"
#include "ops/slice.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

void slice(NodeReader& n) {
  const ValueId x = n.in(0);
  if (n.opset() >= 10) {
    std::vector<ValueId> inputs = {x, n.in(1), n.in(2)};
    const int64_t count = count_of(n.shape(inputs[1])).is_constant() ? count_of(n.shape(inputs[1])).constant() : 0;
    if (n.has(4) && !n.has(3)) {
      std::vector<int64_t> axes(static_cast<size_t>(std::min<int64_t>(count, Shape::kMaxRank)));
      std::iota(axes.begin(), axes.end(), int64_t{0});
      inputs.push_back(n.vector_of(axes));
    } else if (n.has(3)) {
      inputs.push_back(n.in(3));
    }
    if (n.has(4)) inputs.push_back(n.in(4));
    for (size_t i = 3; i < inputs.size(); ++i) n.known_integers(inputs[i], i == 3 ? "axes" : "steps");
    return n.give(n.add(ops::Slice{}, inputs));
  }
  const std::vector<int64_t> starts = n.integers("starts"), ends = n.integers("ends");
  std::vector<int64_t> axes = n.integers("axes");
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), int64_t{0});
  }
  n.give(n.add(ops::Slice{}, {x, n.vector_of(starts), n.vector_of(ends), n.vector_of(axes)}));
}

ops::PadMode mode_of(NodeReader& n) {
  const std::string mode = n.text("mode", "constant");
  if (mode == "constant") return ops::PadMode::constant;
  if (mode == "edge") return ops::PadMode::edge;
  if (mode == "reflect") return ops::PadMode::reflect;
  if (mode == "wrap") return ops::PadMode::wrap;
  n.corrupt(fmt::format("its mode {} is none of ONNX", shown(mode)));
}

void pad(NodeReader& n) {
  const ValueId x = n.in(0);
  const auto rank = static_cast<size_t>(n.rank(x));
  std::vector<Dim> pads;
  std::vector<int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), int64_t{0});
  ValueId value = ir::kNone;
  if (n.opset() < 11) {
    for (int64_t p : n.integers(n.opset() < 2 ? "paddings" : "pads")) pads.emplace_back(p);
    value = n.scalar(n.number("value", 0), n.dtype(x));
  } else {
    pads = n.known_sizes(n.in(1), "pads");
    value = n.in_or_none(2);
    if (n.has(3)) axes = n.known_integers(n.in(3), "axes");
  }
  if (pads.size() != 2 * axes.size()) n.corrupt("its pads are not two an axis");
  std::vector<Dim> before(rank, Dim(0)), after(rank, Dim(0));
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<size_t>(n.axis(axes[i], n.rank(x)));
    before[axis] = pads[i];
    after[axis] = pads[axes.size() + i];
  }
  n.give(ir::padded(n, x, before, after, mode_of(n), value));
}

/// Cut or filled up with zeros at both sides of each axis; the odd one of what is added or taken is at the end.
void center_crop_pad(NodeReader& n) {
  const ValueId x = n.in(0);
  const std::vector<Dim> sizes = n.known_sizes(n.in(1), "shape");
  std::vector<int64_t> axes = n.integers("axes");
  if (!n.has("axes")) {
    axes.resize(static_cast<size_t>(n.rank(x)));
    std::iota(axes.begin(), axes.end(), int64_t{0});
  }
  if (sizes.size() != axes.size()) n.corrupt("its shape is not one size an axis");
  ValueId y = x;
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t axis = n.axis(axes[i], n.rank(x));
    const Dim now = n.dim(y, axis), cut = Dim::min(now, sizes[i]);
    y = n.slice(y, axis, Dim::floordiv(now - cut, Dim(2)), cut);
    std::vector<Dim> before(static_cast<size_t>(n.rank(x)), Dim(0)), after = before;
    const Dim more = sizes[i] - cut;
    before[static_cast<size_t>(axis)] = Dim::floordiv(more, Dim(2));
    after[static_cast<size_t>(axis)] = more - Dim::floordiv(more, Dim(2));
    if (!(more == Dim(0))) y = ir::padded(n, y, before, after, ops::PadMode::constant, ir::kNone);
  }
  n.give(y);
}

/// Where the matrices of x are on their diagonal k or on the asked side of it; zeros elsewhere.
void trilu(NodeReader& n) {
  const ValueId x = n.in(0);
  if (n.rank(x) < 2) n.corrupt("it takes matrices");
  const bool upper = n.integer("upper", 1) != 0;
  const Dim rows = n.dim(x, static_cast<int64_t>(static_cast<size_t>(n.rank(x)) - 2)), columns = n.dim(x, -1);
  const ValueId i = n.reshape(n.range(rows), {rows, Dim(1)}), j = n.range(columns);
  ValueId diagonal = i;
  if (n.has(1)) diagonal = n.binary(ops::BinaryKind::add, i, n.cast(n.in(1), DType::i64));
  const auto kind = upper ? ops::CompareKind::greater_equal : ops::CompareKind::less_equal;
  n.give(n.add(ops::Where{}, {n.add(ops::Compare{kind}, {j, diagonal}), x, n.scalar(0, n.dtype(x))}));
}

constexpr Entry kEntries[] = {
    {"CenterCropPad", center_crop_pad},
    {"Pad", pad},
    {"Slice", slice},
    {"Trilu", trilu},
};

}  // namespace

std::span<const Entry> slices_entries() { return kEntries; }

}  // namespace lathe::onnx
