#include <algorithm>
#include <numeric>

#include "api/extents.h"
#include "lathe/layers/shape.h"
#include "ops/cast.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/reshape.h"
#include "ops/shape.h"
#include "ops/signed_sizes.h"
#include "ops/transpose.h"

namespace lathe {

using api::Adder;
using ir::ValueId;

std::vector<Dim> api::known(Adder& n, const Extents& extents, std::string_view what) {
  if (extents.computed()) return n.sizes_in(extents.computed(), what);
  return dims_of(extents.sizes());
}

Tensor shape(const Tensor& x, DType type) {
  Adder n("shape", {x});
  return n.out(n.add(ops::ShapeOf{type}, {n.in(x)}));
}

namespace {

ValueId reshaped(Adder& n, ValueId x, const Extents& sizes, bool zero_copies) {
  std::vector<Dim> shape = api::known(n, sizes, "sizes");
  const std::vector<Dim>& own = n.shape(x);
  for (size_t i = 0; zero_copies && i < shape.size(); ++i) {
    if (!(shape[i] == Dim(0))) continue;
    if (i >= own.size()) n.corrupt("size " + std::to_string(i) + " is that of x, which is " + to_string(n.type(x)));
    shape[i] = own[i];
  }
  if (std::count(shape.begin(), shape.end(), Dim(-1)) > 1) n.invalid("two sizes are what the others leave");
  for (const Dim& d : shape)
    if (d.is_constant() && d.constant() < -1) n.invalid("a size is " + d.str());
  const auto named = [&](const Dim& d) { return n.network().named_size(d, "reshape"); };
  return n.add(ops::Reshape{ops::reshaped(own, std::move(shape), zero_copies, named)}, {x});
}

ValueId transposed(Adder& n, ValueId x, std::vector<int64_t> perm) {
  for (int64_t& place : perm) place = n.axis_of(place, n.rank(x));
  return n.add(ops::Transpose{std::move(perm)}, {x});
}

}  // namespace

Tensor reshape(const Tensor& x, const Extents& sizes) {
  Adder n("reshape", {x, sizes.computed()});
  return n.out(reshaped(n, n.in(x), sizes, true));
}

Tensor transpose(const Tensor& x, const std::vector<int64_t>& perm) {
  Adder n("transpose", {x});
  const ValueId in = n.in(x);
  std::vector<int64_t> places = perm;
  if (places.empty()) {
    places.resize(static_cast<size_t>(n.rank(in)));
    std::iota(places.rbegin(), places.rend(), int64_t{0});
  }
  return n.out(transposed(n, in, places));
}

Tensor shuffle(const Tensor& x, const ShuffleOptions& options) {
  Adder n("shuffle", {x, options.sizes.computed()});
  ValueId y = n.in(x);
  if (!options.first.empty()) y = transposed(n, y, options.first);
  if (options.sizes) y = reshaped(n, y, options.sizes, options.zero_copies);
  if (!options.second.empty()) y = transposed(n, y, options.second);
  return n.out(y == n.in(x) ? n.add(ops::Cast{n.dtype(y)}, {y}) : y);
}

Tensor squeeze(const Tensor& x, const std::vector<int64_t>& axes) {
  Adder n("squeeze", {x});
  const ValueId in = n.in(x);
  std::vector<bool> gone(n.shape(in).size());
  for (int64_t axis : axes) gone[static_cast<size_t>(n.axis_of(axis, n.rank(in)))] = true;
  std::vector<Dim> shape;
  for (size_t d = 0; d < gone.size(); ++d) {
    const Dim& size = n.shape(in)[d];
    if (gone[d] && !(size == Dim(1))) n.corrupt("dimension " + std::to_string(d) + " of " + x.str() + " is not 1");
    if (!gone[d] && !(axes.empty() && size == Dim(1))) shape.push_back(size);
  }
  return n.out(n.add(ops::Reshape{std::move(shape)}, {in}));
}

Tensor unsqueeze(const Tensor& x, const std::vector<int64_t>& axes) {
  Adder n("unsqueeze", {x});
  return n.out(n.unsqueeze(n.in(x), axes));
}

Tensor expand(const Tensor& x, const Extents& sizes) {
  Adder n("expand", {x, sizes.computed()});
  const ValueId in = n.in(x);
  std::vector<Dim> shape = api::known(n, sizes, "sizes");
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[shape.size() - 1 - i] == Dim(-1)) {
      if (i >= n.shape(in).size()) n.corrupt("a size is that of x, which is " + x.str());
      shape[shape.size() - 1 - i] = n.shape(in)[n.shape(in).size() - 1 - i];
    }
  return n.out(n.add(ops::Expand{ops::expanded(n.shape(in), std::move(shape))}, {in}));
}

Tensor concatenation(const std::vector<Tensor>& inputs, int axis) {
  Adder n("concatenation", inputs);
  const std::vector<ValueId> parts = n.in(inputs);
  return n.out(n.add(ops::Concat{n.axis_of(axis, n.rank(parts[0]))}, parts));
}

}  // namespace lathe
