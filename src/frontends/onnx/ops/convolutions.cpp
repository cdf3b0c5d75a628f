// Convolutions and pooling.
#include <algorithm>
#include <numeric>

#include "base/dtype.h"
#include "base/error.h"
#include "frontends/onnx/ops/integers.h"
#include "frontends/onnx/registry.h"
#include "ops/col2im.h"
#include "ops/conv.h"
#include "ops/deconv.h"
#include "ops/deform_conv.h"
#include "ops/pool.h"
#include "ops/scatter_elements.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

/// Strides, dilations and paddings over the spatial dimensions of x, for a window of these sizes.
ops::Window window_of(NodeReader& n, ValueId x, const std::vector<Dim>& size) {
  n.ignore({"pads"});
  const auto spatial = static_cast<size_t>(std::max<int64_t>(n.rank(x) - 2, 0));
  ops::Window window;
  const auto list = [&](std::string_view name) {
    const std::vector<int64_t> values = n.integers(name);
    if (!values.empty() && values.size() != spatial)
      n.corrupt(fmt::format("its {} are not one a spatial dimension", name));
    return values;
  };
  window.strides = list("strides");
  window.dilations = list("dilations");
  const std::string automatic = n.text("auto_pad", "NOTSET");
  if (automatic == "NOTSET") {
    const std::vector<int64_t> pads = n.integers("pads");
    if (!pads.empty() && pads.size() != 2 * spatial) n.corrupt("its pads are not two a spatial dimension");
    for (size_t d = 0; d < pads.size(); ++d)
      (d < spatial ? window.pads_before : window.pads_after).emplace_back(pads[d]);
    return window;
  }
  if (automatic == "VALID") return window;
  if (automatic != "SAME_UPPER" && automatic != "SAME_LOWER") n.corrupt("its auto_pad is none of ONNX");
  if (size.size() != spatial) n.corrupt("its window is not one size a spatial dimension");
  // As many windows as ceil(x / stride).
  for (size_t d = 0; d < spatial; ++d) {
    const Dim& x_size = n.dim(x, static_cast<int64_t>(d + 2));
    const Dim stride(window.stride(d)), extent = (size[d] - Dim(1)) * Dim(window.dilation(d)) + Dim(1);
    const Dim windows = Dim::ceildiv(x_size, stride);
    const Dim total = Dim::max((windows - Dim(1)) * stride + extent - x_size, Dim(0));
    const Dim half = Dim::floordiv(total, Dim(2));
    window.pads_before.push_back(automatic == "SAME_UPPER" ? half : total - half);
    window.pads_after.push_back(automatic == "SAME_UPPER" ? total - half : half);
  }
  return window;
}

std::vector<Dim> kernel_of(NodeReader& n, ValueId w) {
  if (n.rank(w) < 2) n.corrupt("its weights are no windows");
  const std::vector<Dim> kernel(n.shape(w).begin() + 2, n.shape(w).end());
  const std::vector<int64_t> said = n.integers("kernel_shape");
  for (size_t d = 0; d < kernel.size() && n.has("kernel_shape"); ++d)
    if (said.size() != kernel.size() || (kernel[d].is_constant() && !(kernel[d] == Dim(said[d]))))
      n.corrupt(fmt::format("its kernel_shape [{}] is not that of its weights, {}", fmt::join(said, ", "),
                            to_string(n.type(w))));
  return kernel;
}

ValueId convolved(NodeReader& n, ValueId x, ValueId w, ValueId bias) {
  const ops::Conv op{window_of(n, x, kernel_of(n, w)), n.integer("group", 1)};
  std::vector<ValueId> inputs = {x, w};
  if (bias != ir::kNone) inputs.push_back(bias);
  return n.add(op, inputs);
}

void conv(NodeReader& n) { n.give(convolved(n, n.in(0), n.in(1), n.in_or_none(2))); }

/// The padding that gives the asked size, or the one that is given.
void conv_transpose(NodeReader& n) {
  const ValueId x = n.in(0), w = n.in(1);
  const std::vector<Dim> kernel = kernel_of(n, w);
  const auto spatial = static_cast<size_t>(std::max<int64_t>(n.rank(x) - 2, 0));
  const std::string automatic = n.text("auto_pad", "NOTSET");
  ops::Deconv op;
  op.groups = n.integer("group", 1);
  op.window.strides = n.integers("strides");
  op.window.dilations = n.integers("dilations");
  for (const auto* list : {&op.window.strides, &op.window.dilations})
    if (!list->empty() && list->size() != spatial)
      n.corrupt("its strides and dilations are not one a spatial dimension");
  std::vector<int64_t> more = n.integers("output_padding");
  more.resize(spatial);
  op.output_padding.assign(more.begin(), more.end());
  std::vector<int64_t> asked = n.integers("output_shape");
  if (asked.size() == spatial + 2) asked.erase(asked.begin(), asked.begin() + 2);
  if (!asked.empty() && asked.size() != spatial) n.corrupt("its output_shape is not one size a spatial dimension");
  const std::vector<int64_t> pads = n.integers("pads");
  if (!pads.empty() && pads.size() != 2 * spatial) n.corrupt("its pads are not two a spatial dimension");
  const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  for (size_t d = 0; d < spatial; ++d) {
    if (asked.empty() && !same) {
      op.window.pads_before.emplace_back(pads.empty() ? 0 : pads[d]);
      op.window.pads_after.emplace_back(pads.empty() ? 0 : pads[d + spatial]);
      continue;
    }
    const Dim& size = n.dim(x, static_cast<int64_t>(d + 2));
    const Dim stride(op.window.stride(d)), extent = (kernel[d] - Dim(1)) * Dim(op.window.dilation(d)) + Dim(1);
    const Dim full = (size - Dim(1)) * stride + extent + op.output_padding[d];
    const Dim total = full - (asked.empty() ? size * stride : Dim(asked[d]));
    const Dim half = Dim::floordiv(total, Dim(2));
    const bool more_before = automatic != "SAME_UPPER";
    op.window.pads_before.push_back(more_before ? total - half : half);
    op.window.pads_after.push_back(more_before ? half : total - half);
  }
  std::vector<ValueId> inputs = {x, w};
  if (n.has(2)) inputs.push_back(n.in(2));
  n.give(n.add(op, inputs));
}

void deform_conv(NodeReader& n) {
  const ValueId x = n.in(0), w = n.in(1);
  ops::DeformConv op;
  op.window = window_of(n, x, kernel_of(n, w));
  op.groups = n.integer("group", 1);
  op.offset_groups = n.integer("offset_group", 1);
  std::vector<ValueId> inputs = {x, w, n.in(2)};
  op.bias = n.has(3);
  op.mask = n.has(4);
  if (op.bias) inputs.push_back(n.in(3));
  if (op.mask) inputs.push_back(n.in(4));
  n.give(n.add(op, inputs));
}

// Integers

/// Weights w [o, ..] less their zero points, one or one for each o.
ValueId centred_weights(NodeReader& n, ValueId w, ValueId zero_point) {
  if (zero_point == ir::kNone || n.rank(zero_point) == 0) return centred(n, w, zero_point);
  std::vector<Dim> shape = {count_of(n.shape(zero_point))};
  shape.resize(static_cast<size_t>(n.rank(w)), Dim(1));
  return centred(n, w, n.reshape(zero_point, shape));
}

void conv_integer(NodeReader& n) {
  n.give(convolved(n, centred(n, n.in(0), n.in_or_none(2)), centred_weights(n, n.in(1), n.in_or_none(3)), ir::kNone));
}

void qlinear_conv(NodeReader& n) {
  const ValueId x = n.in(0), w = n.in(3);
  ValueId bias = n.has(8) ? n.cast(n.in(8), DType::i32) : ir::kNone;
  const ValueId sum = convolved(n, centred(n, x, n.in_or_none(2)), centred_weights(n, w, n.in_or_none(5)), bias);
  ValueId scale = n.binary(BinaryKind::mul, n.in(1), n.in(4));
  if (n.rank(scale) == 1) {
    std::vector<Dim> shape = {n.dim(scale, 0)};
    shape.resize(static_cast<size_t>(n.rank(x)) - 1, Dim(1));
    scale = n.reshape(scale, shape);
  }
  n.give(requantized(n, sum, scale, n.in(6), n.in(7)));
}

// Pooling

ops::Pool pool_of(NodeReader& n, ops::PoolKind kind) {
  ops::Pool op;
  op.kind = kind;
  op.size = n.integers("kernel_shape");
  op.window = window_of(n, n.in(0), {op.size.begin(), op.size.end()});
  op.ceil_mode = n.integer("ceil_mode", 0) != 0;
  op.count_padding = n.integer("count_include_pad", 0) != 0;
  op.p = static_cast<double>(n.integer("p", 2));
  return op;
}

void max_pool(NodeReader& n) {
  ops::Pool op = pool_of(n, ops::PoolKind::max);
  op.indices = n.wants(1);
  op.column_major = n.integer("storage_order", 0) != 0;
  const std::vector<ValueId> results = n.add_all(op, {n.in(0)});
  for (size_t i = 0; i < results.size(); ++i) n.give(i, results[i]);
}

template <ops::PoolKind kind>
void pool(NodeReader& n) {
  n.give(n.add(pool_of(n, kind), {n.in(0)}));
}

void qlinear_average_pool(NodeReader& n) {
  if (n.integer("channels_last", 0) != 0) n.refuse("channels_last is not done", "export it with channels second");
  const ValueId y = n.add(pool_of(n, ops::PoolKind::average), {real(n, 0)});
  n.give(quantized(n, y, 3, n.dtype(n.in(0))));
}

std::vector<int64_t> spatial_axes(NodeReader& n, ValueId x) {
  if (n.rank(x) < 3) n.corrupt("it takes [n, c, ..]");
  std::vector<int64_t> axes(static_cast<size_t>(n.rank(x)) - 2);
  std::iota(axes.begin(), axes.end(), int64_t{2});
  return axes;
}

template <ReduceKind kind>
void global_pool(NodeReader& n) {
  const ValueId x = n.in(0);
  n.give(n.reduce(kind, x, spatial_axes(n, x)));
}

void global_lp_pool(NodeReader& n) {
  const ValueId x = n.in(0);
  const auto p = static_cast<double>(n.integer("p", 2));
  const ValueId powers = n.by_number(BinaryKind::pow, n.unary(UnaryKind::abs, x), p);
  n.give(n.by_number(BinaryKind::pow, n.reduce(ReduceKind::sum, powers, spatial_axes(n, x)), 1 / p));
}

/// The elements go where the maximum of a pooling came from; zeros elsewhere.
void max_unpool(NodeReader& n) {
  const ValueId x = n.in(0);
  const std::vector<int64_t> size = n.integers("kernel_shape");
  const ops::Window window = window_of(n, x, {size.begin(), size.end()});
  std::vector<Dim> natural = {n.dim(x, 0), n.dim(x, 1)};
  for (size_t d = 0; d < size.size(); ++d)
    natural.push_back((n.dim(x, static_cast<int64_t>(d + 2)) - Dim(1)) * Dim(window.stride(d)) + Dim(size[d]) -
                      window.before(d) - window.after(d));
  if (static_cast<int64_t>(natural.size()) != n.rank(x)) n.corrupt("its kernel_shape is not one a spatial dimension");
  std::vector<Dim> full = natural;
  if (n.has(2)) full = n.known_sizes(n.in(2), "output shape");
  if (full.size() != natural.size()) n.corrupt("its output shape has another number of dimensions than its input");
  // Indices count through the tensor that was pooled. Where another size is asked for, each index is taken apart by the
  // sizes that the window says.
  ValueId places = n.cast(n.in(1), DType::i64);
  if (full != natural) {
    ValueId rest = places, moved = ir::kNone;
    Dim step(1);
    for (size_t d = full.size(); d-- > 0;) {
      const ValueId size_here = n.size(natural[d]);
      const ValueId at = n.binary(BinaryKind::mul, n.binary(BinaryKind::mod, rest, size_here), n.size(step));
      moved = moved == ir::kNone ? at : n.binary(BinaryKind::add, moved, at);
      rest = n.binary(BinaryKind::div, rest, size_here);
      step = step * full[d];
    }
    places = moved;
  }
  const Dim count = count_of(n.shape(x));
  const ValueId zeros = n.expand(n.scalar(0, n.dtype(x)), {count_of(full)});
  n.give(n.reshape(n.add(ops::ScatterElements{0, ops::ScatterReduction::none},
                         {zeros, n.reshape(places, {count}), n.reshape(x, {count})}),
                   full));
}

void col2im(NodeReader& n) {
  ops::Col2Im op;
  op.image = n.known_sizes(n.in(1), "image shape");
  op.block = n.known_integers(n.in(2), "block shape");
  op.window.strides = n.integers("strides");
  op.window.dilations = n.integers("dilations");
  const std::vector<int64_t> pads = n.integers("pads");
  for (size_t i = 0; i < pads.size(); ++i)
    (i < pads.size() / 2 ? op.window.pads_before : op.window.pads_after).emplace_back(pads[i]);
  n.give(n.add(op, {n.in(0)}));
}

constexpr Entry kEntries[] = {
    {"AveragePool", pool<ops::PoolKind::average>},
    {"Col2Im", col2im},
    {"Conv", conv},
    {"ConvInteger", conv_integer},
    {"ConvTranspose", conv_transpose},
    {"DeformConv", deform_conv},
    {"GlobalAveragePool", global_pool<ReduceKind::mean>},
    {"GlobalLpPool", global_lp_pool},
    {"GlobalMaxPool", global_pool<ReduceKind::max>},
    {"LpPool", pool<ops::PoolKind::lp>},
    {"MaxPool", max_pool},
    {"MaxUnpool", max_unpool},
    {"QLinearConv", qlinear_conv},
    {"QLinearAveragePool", qlinear_average_pool, kMicrosoft, "no channels_last"},
};

}  // namespace

std::span<const Entry> convolutions_entries() { return kEntries; }

}  // namespace lathe::onnx
