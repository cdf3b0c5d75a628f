// What changes shapes and orders of elements.
#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "frontends/onnx/registry.h"
#include "ops/shape.h"
#include "ops/signed_sizes.h"

namespace lathe::onnx {
namespace {

using Shapes = std::vector<Dim>;

/// -1 stands for what the others leave, 0 for the dimension of x in that place unless allowzero.
void reshape(NodeReader& n) {
  const ValueId x = n.in(0);
  Shapes to;
  if (n.opset() < 5) {
    for (int64_t d : n.integers("shape")) to.emplace_back(d);
  } else {
    if (!n.has(1)) n.corrupt("its shape is missing");
    to = n.known_sizes(n.in(1), "shape");
  }
  const bool keeps = n.integer("allowzero", 0) == 0;
  for (size_t i = 0; keeps && i < to.size(); ++i) {
    if (!(to[i] == Dim(0))) continue;
    if (i >= n.shape(x).size()) n.corrupt(fmt::format("its shape keeps dimension {}, which x does not have", i));
    to[i] = n.dim(x, static_cast<int64_t>(i));
  }
  const auto named = [&](const Dim& d) { return n.network().named_size(d, n.name()); };
  n.give(n.reshape(x, ops::reshaped(n.shape(x), to, keeps, named)));
}

void flatten(NodeReader& n) {
  const ValueId x = n.in(0);
  const int64_t rank = n.rank(x);
  int64_t axis = n.integer("axis", 1);
  if (axis != rank) axis = n.axis(axis, rank);
  const Shapes shape = n.shape(x);
  n.give(
      n.reshape(x, {count_of({shape.begin(), shape.begin() + axis}), count_of({shape.begin() + axis, shape.end()})}));
}

void squeeze(NodeReader& n) {
  const ValueId x = n.in(0);
  const bool all = !n.has(1) && !n.has("axes");
  const std::vector<int64_t> axes = n.axes(n.axes_of("axes", 1), n.rank(x));
  Shapes to;
  for (int64_t d = 0; d < n.rank(x); ++d) {
    const Dim& size = n.dim(x, d);
    if (all && !size.is_constant())
      n.refuse(fmt::format("it names no axes, and only a run knows whether the size {} is 1", size.str()),
               "export it with axes, or give the size when the model is built: --shapes");
    const bool goes = all ? size == Dim(1) : std::find(axes.begin(), axes.end(), d) != axes.end();
    if (goes && size.is_constant() && !(size == Dim(1)))
      n.corrupt(fmt::format("axis {} has size {} and cannot go", d, size.str()));
    if (!goes) to.push_back(size);
  }
  n.give(n.reshape(x, to));
}

void unsqueeze(NodeReader& n) { n.give(n.unsqueeze(n.in(0), n.axes_of("axes", 1))); }

void transpose(NodeReader& n) {
  const ValueId x = n.in(0);
  std::vector<int64_t> perm = n.integers("perm");
  if (!n.has("perm")) {
    perm.resize(static_cast<size_t>(n.rank(x)));
    std::iota(perm.rbegin(), perm.rend(), int64_t{0});
  }
  n.give(n.transpose(x, perm));
}

void expand(NodeReader& n) {
  const ValueId x = n.in(0);
  n.give(n.expand(x, ops::expanded(n.shape(x), n.known_sizes(n.in(1), "shape"))));
}

/// Each dimension d as [repeats, d], the first of them repeated.
void tile(NodeReader& n) {
  const ValueId x = n.in(0);
  const std::vector<Dim> repeats = n.known_sizes(n.in(1), "repeats");
  if (repeats.size() != n.shape(x).size()) n.corrupt("its repeats are not one a dimension");
  Shapes apart, repeated, joined;
  for (size_t d = 0; d < repeats.size(); ++d) {
    const Dim& size = n.dim(x, static_cast<int64_t>(d));
    joined.push_back(repeats[d] * size);
    if (!(repeats[d] == Dim(1))) {
      apart.emplace_back(1);
      repeated.push_back(repeats[d]);
    }
    apart.push_back(size);
    repeated.push_back(size);
  }
  if (apart.size() > static_cast<size_t>(Shape::kMaxRank))
    n.refuse("it repeats too many dimensions at once", "use two nodes");
  n.give(n.reshape(n.expand(n.reshape(x, apart), repeated), joined));
}

void concat(NodeReader& n) {
  const std::vector<ValueId> parts = n.all_inputs();
  if (parts.empty()) n.corrupt("it has no inputs");
  const int64_t axis = n.opset() < 4 ? n.integer("axis", 1) : n.integer("axis");
  n.give(n.concat(parts, n.axis(axis, n.rank(parts[0]))));
}

/// Sizes are given, or all parts are equal but the last.
void split(NodeReader& n) {
  n.ignore({"num_outputs"});
  const ValueId x = n.in(0);
  const int64_t axis = n.axis(n.integer("axis", 0), n.rank(x));
  const Dim whole = n.dim(x, axis);
  std::vector<Dim> sizes;
  if (n.has(1)) sizes = n.known_sizes(n.in(1), "sizes");
  for (int64_t size : n.integers("split")) sizes.emplace_back(size);
  if (sizes.empty()) {
    const auto parts = n.integer("num_outputs", static_cast<int64_t>(n.outputs()));
    if (parts < 1 || parts > static_cast<int64_t>(n.outputs())) n.corrupt("num_outputs is not the number of outputs");
    const Dim each = Dim::ceildiv(whole, Dim(parts));
    sizes.assign(static_cast<size_t>(parts), each);
    sizes.back() = whole - each * Dim(parts - 1);
  }
  if (sizes.size() < n.outputs()) n.corrupt("it has more outputs than sizes");
  Dim start(0), total(0);
  for (const Dim& size : sizes) total = total + size;
  const ValueId whole_of_parts = n.with_size(x, axis, total);
  for (size_t i = 0; i < n.outputs(); ++i) {
    if (n.wants(i)) n.give(i, n.slice(whole_of_parts, axis, start, sizes[i]));
    start = start + sizes[i];
  }
}

void shape(NodeReader& n) {
  const ValueId x = n.in(0);
  const int64_t rank = n.rank(x);
  const auto place = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t start = place(n.integer("start", 0)), end = std::max(place(n.integer("end", rank)), start);
  ValueId sizes = n.add(ops::ShapeOf{}, {x});
  if (start > 0 || end < rank) sizes = n.slice(sizes, 0, Dim(start), Dim(end - start));
  n.give(sizes);
}

void size(NodeReader& n) {
  const ValueId x = n.in(0);
  ValueId sizes = n.add(ops::ShapeOf{}, {n.reshape(x, {count_of(n.shape(x))})});
  n.give(n.reshape(sizes, {}));
}

void identity(NodeReader& n) { n.give(0, n.item(0)); }

/// Inference keeps everything; the mask says so.
void dropout(NodeReader& n) {
  n.ignore({"seed", "is_test"});
  const ValueId x = n.in(0);
  const bool trains = n.has(2) && n.known_number(n.in(2), "training mode") != 0;
  const double ratio = n.has(1) ? n.known_number(n.in(1), "ratio") : n.number("ratio", 0.5);
  if (trains && ratio != 0) n.refuse("it drops elements, as training does", "export the model for inference");
  n.give(0, x);
  if (n.wants(1)) n.give(1, n.expand(n.scalar(1, n.opset() < 10 ? n.dtype(x) : DType::boolean), n.shape(x)));
}

/// [n, c, h, w] cut into blocks that move between channels and space.
struct Blocks {
  int64_t size;
  Dim batch, channels, height, width;
  Blocks(NodeReader& n, ValueId x) : size(n.integer("blocksize")) {
    if (n.rank(x) != 4 || size < 1) n.corrupt("it takes [n, c, h, w] and a blocksize from 1");
    batch = n.dim(x, 0);
    channels = n.dim(x, 1);
    height = n.dim(x, 2);
    width = n.dim(x, 3);
  }
};

void depth_to_space(NodeReader& n) {
  const ValueId x = n.in(0);
  const Blocks b(n, x);
  const Dim s(b.size), less = Dim::floordiv(b.channels, s * s);
  const bool columns_first = n.text("mode", "DCR") == "CRD";
  const ValueId apart = n.reshape(x, columns_first ? Shapes{b.batch, less, s, s, b.height, b.width}
                                                   : Shapes{b.batch, s, s, less, b.height, b.width});
  const ValueId moved = n.transpose(
      apart, columns_first ? std::vector<int64_t>{0, 1, 4, 2, 5, 3} : std::vector<int64_t>{0, 3, 4, 1, 5, 2});
  n.give(n.reshape(moved, {b.batch, less, b.height * s, b.width * s}));
}

void space_to_depth(NodeReader& n) {
  const ValueId x = n.in(0);
  const Blocks b(n, x);
  const Dim s(b.size), rows = Dim::floordiv(b.height, s), columns = Dim::floordiv(b.width, s);
  const ValueId apart = n.reshape(x, {b.batch, b.channels, rows, s, columns, s});
  const bool columns_first = n.text("mode", "DCR") == "CRD";
  const ValueId moved = n.transpose(
      apart, columns_first ? std::vector<int64_t>{0, 1, 3, 5, 2, 4} : std::vector<int64_t>{0, 3, 5, 1, 2, 4});
  n.give(n.reshape(moved, {b.batch, b.channels * s * s, rows, columns}));
}

constexpr Entry kEntries[] = {
    {"Concat", concat},
    {"DepthToSpace", depth_to_space},
    {"Dropout", dropout, {}, "no training"},
    {"Expand", expand},
    {"Flatten", flatten},
    {"Identity", identity},
    {"Reshape", reshape},
    {"Shape", shape},
    {"Size", size},
    {"SpaceToDepth", space_to_depth},
    {"Split", split},
    {"Squeeze", squeeze, {}, "without axes only where all sizes are known"},
    {"Tile", tile, {}, "at most 8 dimensions, those that are repeated counted twice"},
    {"Transpose", transpose},
    {"Unsqueeze", unsqueeze},
};

}  // namespace

std::span<const Entry> shapes_entries() { return kEntries; }

}  // namespace lathe::onnx
