#include <algorithm>

#include "api/adder.h"
#include "lathe/layers/windows.h"
#include "ops/conv.h"
#include "ops/deconv.h"
#include "ops/lrn.h"
#include "ops/pool.h"

namespace lathe {
namespace {

using api::Adder;
using ir::ValueId;

/// One spatial dimension of a window.
struct Side {
  Dim x, size;
  int64_t stride = 1, dilation = 1;
  Dim before{0}, after{0};
  Dim extent() const { return (size - Dim(1)) * Dim(dilation) + Dim(1); }
};

std::vector<int64_t> spatial_list(Adder& n, std::vector<int64_t> list, size_t spatial, int64_t absent,
                                  std::string_view what) {
  if (list.empty()) list.assign(spatial, absent);
  if (list.size() != spatial)
    n.invalid("its " + std::string(what) + " is not one number a spatial dimension",
              "give " + std::to_string(spatial) + " numbers");
  return list;
}

bool is_caffe(PaddingMode mode) { return mode == PaddingMode::caffe_round_down || mode == PaddingMode::caffe_round_up; }
bool is_same(PaddingMode mode) { return mode == PaddingMode::same_upper || mode == PaddingMode::same_lower; }

void split(Side& side, const Dim& total, PaddingMode mode) {
  const Dim half = Dim::floordiv(total, Dim(2));
  side.before = mode == PaddingMode::same_upper ? half : total - half;
  side.after = mode == PaddingMode::same_upper ? total - half : half;
}

/// Paddings of a convolution or pooling by the mode: the number of windows then rounds down to what the mode says.
void pad(Side& side, PaddingMode mode, bool pools) {
  const Dim stride(side.stride);
  if (is_same(mode)) {
    const Dim windows = Dim::ceildiv(side.x, stride);
    return split(side, Dim::max((windows - Dim(1)) * stride + side.extent() - side.x, Dim(0)), mode);
  }
  if (is_caffe(mode)) side.after = side.before;
  if (mode != PaddingMode::explicit_round_up && mode != PaddingMode::caffe_round_up) return;
  const Dim whole = side.x + side.before + side.after;
  Dim windows = Dim::ceildiv(whole - side.extent(), stride) + Dim(1);
  if (mode == PaddingMode::caffe_round_up && pools)
    windows = Dim::min(windows, Dim::ceildiv(side.x + side.before, stride));
  side.after = side.after + (windows - Dim(1)) * stride + side.extent() - whole;
}

struct Lists {
  const std::vector<int64_t>&stride, &dilation, &before, &after;
};

std::vector<Side> sides_of(Adder& n, ValueId x, const std::vector<Dim>& size, const Lists& lists) {
  const auto spatial = static_cast<size_t>(std::max<int64_t>(n.rank(x) - 2, 0));
  if (size.size() != spatial) n.corrupt("a window of " + to_string(size) + " over " + ops::to_string(n.type(x)));
  const auto stride = spatial_list(n, lists.stride, spatial, 1, "stride"),
             dilation = spatial_list(n, lists.dilation, spatial, 1, "dilation"),
             before = spatial_list(n, lists.before, spatial, 0, "pad_before"),
             after = spatial_list(n, lists.after, spatial, 0, "pad_after");
  std::vector<Side> sides;
  for (size_t d = 0; d < spatial; ++d) {
    if (stride[d] < 1 || dilation[d] < 1) n.invalid("a stride or dilation is below 1");
    sides.push_back({n.shape(x)[d + 2], size[d], stride[d], dilation[d], Dim(before[d]), Dim(after[d])});
  }
  return sides;
}

ops::Window window_of(const std::vector<Side>& sides) {
  ops::Window window;
  for (const Side& side : sides) {
    window.strides.push_back(side.stride);
    window.dilations.push_back(side.dilation);
    window.pads_before.push_back(side.before);
    window.pads_after.push_back(side.after);
  }
  return window;
}

std::vector<Dim> kernel_of(Adder& n, ValueId w) {
  if (n.rank(w) < 3) n.corrupt("its weights are no windows: " + ops::to_string(n.type(w)));
  return {n.shape(w).begin() + 2, n.shape(w).end()};
}

std::vector<ValueId> operands(Adder& n, const Tensor& x, const Tensor& w, const Tensor& bias) {
  std::vector<ValueId> list = {n.in(x), n.in(w)};
  if (bias) list.push_back(n.in(bias));
  return list;
}

Lists lists_of(const WindowOptions& o) { return {o.stride, o.dilation, o.pad_before, o.pad_after}; }

}  // namespace

Tensor convolution(const Tensor& x, const Tensor& w, const Tensor& bias, const WindowOptions& options) {
  Adder n("convolution", {x, w, bias});
  const std::vector<ValueId> in = operands(n, x, w, bias);
  std::vector<Side> sides = sides_of(n, in[0], kernel_of(n, in[1]), lists_of(options));
  for (Side& side : sides) pad(side, options.padding, false);
  return n.out(n.add(ops::Conv{window_of(sides), options.groups}, in));
}

Tensor deconvolution(const Tensor& x, const Tensor& w, const Tensor& bias, const WindowOptions& options) {
  Adder n("deconvolution", {x, w, bias});
  const std::vector<ValueId> in = operands(n, x, w, bias);
  std::vector<Side> sides = sides_of(n, in[0], kernel_of(n, in[1]), lists_of(options));
  for (Side& side : sides) {
    if (is_caffe(options.padding)) side.after = side.before;
    if (is_same(options.padding))
      split(side, (side.x - Dim(1)) * Dim(side.stride) + side.extent() - side.x * Dim(side.stride), options.padding);
  }
  ops::Deconv op;
  op.window = window_of(sides);
  op.groups = options.groups;
  return n.out(n.add(op, in));
}

Tensor pooling(const Tensor& x, PoolingType type, const std::vector<int64_t>& size, const PoolingOptions& options) {
  Adder n("pooling", {x});
  const ValueId in = n.in(x);
  std::vector<Side> sides =
      sides_of(n, in, {size.begin(), size.end()}, {options.stride, {}, options.pad_before, options.pad_after});
  for (Side& side : sides) pad(side, options.padding, true);
  ops::Pool op;
  op.kind = type == PoolingType::max       ? ops::PoolKind::max
            : type == PoolingType::average ? ops::PoolKind::average
                                           : ops::PoolKind::blend;
  op.size = size;
  op.window = window_of(sides);
  op.count_padding = !options.exclusive;
  op.blend = options.blend_factor;
  return n.out(n.add(op, {in}));
}

Tensor lrn(const Tensor& x, int64_t window, double alpha, double beta, double k) {
  Adder n("lrn", {x});
  return n.out(n.add(ops::Lrn{window, alpha, beta, k}, {n.in(x)}));
}

}  // namespace lathe
