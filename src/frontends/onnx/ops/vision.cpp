// Resizing, sampling and regions of images.
#include <algorithm>
#include <numeric>

#include "base/dtype.h"
#include "base/error.h"
#include "frontends/onnx/registry.h"
#include "ir/compose/scaled.h"
#include "ops/grid_sample.h"
#include "ops/matmul.h"
#include "ops/max_roi_pool.h"
#include "ops/resize.h"
#include "ops/roi_align.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;

template <class Kind>
Kind chosen(NodeReader& n, std::string_view attribute, std::string_view absent,
            std::initializer_list<std::pair<std::string_view, Kind>> kinds) {
  const std::string text = n.text(attribute, absent);
  for (const auto& [name, kind] : kinds)
    if (name == text) return kind;
  n.corrupt(fmt::format("its {} {} is none of ONNX", attribute, shown(text)));
}

ops::ResizeMode mode_of(NodeReader& n, std::string_view absent) {
  using ops::ResizeMode;
  return chosen<ResizeMode>(n, "mode", absent,
                            {{"nearest", ResizeMode::nearest},
                             {"linear", ResizeMode::linear},
                             {"bilinear", ResizeMode::linear},
                             {"cubic", ResizeMode::cubic},
                             {"bicubic", ResizeMode::cubic}});
}

Dim scaled(NodeReader& n, const Dim& size, double scale) {
  if (const auto result = ir::scaled(n, size, scale)) return *result;
  n.refuse(fmt::format("a dimension {} is scaled by {}", size.str(), scale), "fix its size, or give sizes");
}

struct Axes {
  std::vector<size_t> list;
  Axes(NodeReader& n, ValueId x) {
    std::vector<int64_t> axes = n.integers("axes");
    if (!n.has("axes")) {
      axes.resize(static_cast<size_t>(n.rank(x)));
      std::iota(axes.begin(), axes.end(), int64_t{0});
    }
    for (int64_t axis : axes) list.push_back(static_cast<size_t>(n.axis(axis, n.rank(x))));
  }
};

/// Sizes that keep the proportions, by the axis whose scale is the smallest (not_larger) or the largest.
void keep_proportions(NodeReader& n, ValueId x, const Axes& axes, std::vector<Dim>& sizes, bool not_larger,
                      std::vector<double>& scales) {
  double scale = 0;
  for (size_t i = 0; i < axes.list.size(); ++i) {
    const Dim& from = n.dim(x, static_cast<int64_t>(axes.list[i]));
    if (!from.is_constant() || !sizes[i].is_constant() || from.constant() < 1)
      n.refuse("keep_aspect_ratio_policy on unknown sizes", "fix the sizes");
    const double own = static_cast<double>(sizes[i].constant()) / static_cast<double>(from.constant());
    scale = i == 0 ? own : not_larger ? std::min(scale, own) : std::max(scale, own);
  }
  for (size_t i = 0; i < axes.list.size(); ++i) {
    const double size = scale * static_cast<double>(n.dim(x, static_cast<int64_t>(axes.list[i])).constant());
    sizes[i] = Dim(ir::whole_part(size + 0.5));
    scales[axes.list[i]] = scale;
  }
}

void resize(NodeReader& n) {
  n.ignore({"keep_aspect_ratio_policy"});
  using ops::ResizeCoordinates;
  using ops::ResizeRounding;
  const ValueId x = n.in(0);
  const bool first = n.opset() < 11;  // Resize 10 has scales alone, at input 1
  ops::Resize op;
  op.mode = mode_of(n, "nearest");
  op.coordinates = first ? ResizeCoordinates::asymmetric
                         : chosen<ResizeCoordinates>(n, "coordinate_transformation_mode", "half_pixel",
                                                     {{"half_pixel", ResizeCoordinates::half_pixel},
                                                      {"half_pixel_symmetric", ResizeCoordinates::half_pixel_symmetric},
                                                      {"pytorch_half_pixel", ResizeCoordinates::pytorch_half_pixel},
                                                      {"align_corners", ResizeCoordinates::align_corners},
                                                      {"asymmetric", ResizeCoordinates::asymmetric},
                                                      {"tf_half_pixel_for_nn", ResizeCoordinates::tf_half_pixel_for_nn},
                                                      {"tf_crop_and_resize", ResizeCoordinates::tf_crop_and_resize}});
  op.rounding = first ? ResizeRounding::floor
                      : chosen<ResizeRounding>(n, "nearest_mode", "round_prefer_floor",
                                               {{"round_prefer_floor", ResizeRounding::round_prefer_floor},
                                                {"round_prefer_ceil", ResizeRounding::round_prefer_ceil},
                                                {"floor", ResizeRounding::floor},
                                                {"ceil", ResizeRounding::ceil}});
  op.cubic_a = n.number("cubic_coeff_a", -0.75);
  op.exclude_outside = n.integer("exclude_outside", 0) != 0;
  op.antialias = n.integer("antialias", 0) != 0;
  op.extrapolation = n.number("extrapolation_value", 0);
  op.shape = n.shape(x);
  const Axes axes(n, x);
  const auto rank = static_cast<size_t>(n.rank(x));
  const size_t at_scales = first ? 1 : 2;
  const bool by_scales = n.has(at_scales) && !(count_of(n.shape(n.in(at_scales))) == Dim(0));
  if (by_scales) {
    const std::vector<double> scales = n.known_numbers(n.in(at_scales), "scales");
    if (scales.size() != axes.list.size()) n.corrupt("its scales are not one an axis");
    op.scales.values.assign(rank, 1);
    for (size_t i = 0; i < scales.size(); ++i) {
      op.scales.values[axes.list[i]] = scales[i];
      op.shape[axes.list[i]] = scaled(n, n.dim(x, static_cast<int64_t>(axes.list[i])), scales[i]);
    }
  } else {
    std::vector<Dim> sizes = n.known_sizes(n.in(3), "sizes");
    if (sizes.size() != axes.list.size()) n.corrupt("its sizes are not one an axis");
    const std::string policy = n.text("keep_aspect_ratio_policy", "stretch");
    if (policy != "stretch") {
      n.known_integers(n.in(3), "sizes");
      op.scales.values.assign(rank, 1);
      keep_proportions(n, x, axes, sizes, policy == "not_larger", op.scales.values);
    }
    for (size_t i = 0; i < sizes.size(); ++i) op.shape[axes.list[i]] = sizes[i];
  }
  if (op.coordinates == ResizeCoordinates::tf_crop_and_resize) {
    const std::vector<double> roi = n.known_numbers(n.in(1), "roi");
    if (roi.size() != 2 * axes.list.size()) n.corrupt("its roi is not two numbers an axis");
    op.roi.values.assign(rank, 0);
    op.roi.values.resize(2 * rank, 1);
    for (size_t i = 0; i < axes.list.size(); ++i) {
      op.roi.values[axes.list[i]] = roi[i];
      op.roi.values[rank + axes.list[i]] = roi[axes.list.size() + i];
    }
  }
  n.give(n.add(op, {x}));
}

void upsample(NodeReader& n) {
  const ValueId x = n.in(0);
  ops::Resize op;
  op.mode = mode_of(n, "nearest");
  op.coordinates = ops::ResizeCoordinates::asymmetric;
  op.rounding = ops::ResizeRounding::floor;
  std::vector<double> scales = n.opset() >= 9 ? n.known_numbers(n.in(1), "scales") : n.numbers("scales");
  if (n.opset() < 7) scales = {1, 1, n.number("height_scale", 1), n.number("width_scale", 1)};
  if (static_cast<int64_t>(scales.size()) != n.rank(x)) n.corrupt("its scales are not one a dimension");
  for (size_t d = 0; d < scales.size(); ++d)
    op.shape.push_back(scaled(n, n.dim(x, static_cast<int64_t>(d)), scales[d]));
  op.scales.values = scales;
  n.give(n.add(op, {x}));
}

void grid_sample(NodeReader& n) {
  using ops::GridPadding;
  ops::GridSample op;
  op.mode = mode_of(n, n.opset() < 20 ? "bilinear" : "linear");
  op.padding = chosen<GridPadding>(
      n, "padding_mode", "zeros",
      {{"zeros", GridPadding::zeros}, {"border", GridPadding::border}, {"reflection", GridPadding::reflection}});
  op.align_corners = n.integer("align_corners", 0) != 0;
  n.give(n.add(op, {n.in(0), n.in(1)}));
}

/// theta [n, d, d + 1] times the places (.., y, x, 1) of a grid from -1 to 1.
void affine_grid(NodeReader& n) {
  const ValueId theta = n.in(0);
  const std::vector<Dim> size = n.known_sizes(n.in(1), "size");
  if (size.size() != 4 && size.size() != 5) n.corrupt("its size is not [n, c, h, w] or [n, c, d, h, w]");
  const bool corners = n.integer("align_corners", 0) != 0;
  const std::vector<Dim> space(size.begin() + 2, size.end());
  const DType type = n.dtype(theta);
  std::vector<ValueId> columns;
  // The last coordinate comes first.
  for (size_t d = space.size(); d-- > 0;) {
    const ValueId place = n.cast(n.range(space[d]), type), count = n.cast(n.size(space[d]), type);
    ValueId at = ir::kNone;
    if (corners) {
      // One place alone is at -1.
      const ValueId last = n.by_number(BinaryKind::max, n.by_number(BinaryKind::sub, count, 1), 1);
      at = n.by_number(BinaryKind::sub, n.binary(BinaryKind::div, n.by_number(BinaryKind::mul, place, 2), last), 1);
    } else {
      const ValueId twice = n.by_number(BinaryKind::add, n.by_number(BinaryKind::mul, place, 2), 1);
      at = n.by_number(BinaryKind::sub, n.binary(BinaryKind::div, twice, count), 1);
    }
    std::vector<Dim> along(space.size(), Dim(1));
    along[d] = space[d];
    columns.push_back(n.reshape(n.expand(n.reshape(at, along), space), {count_of(space), Dim(1)}));
  }
  columns.push_back(n.expand(n.scalar(1, type), {count_of(space), Dim(1)}));
  const ValueId places = n.concat(columns, 1);
  const ValueId moved = n.add(ops::MatMul{false, true}, {places, theta});
  std::vector<Dim> shape = {size[0]};
  shape.insert(shape.end(), space.begin(), space.end());
  shape.emplace_back(static_cast<int64_t>(space.size()));
  n.give(n.reshape(moved, shape));
}

void roi_align(NodeReader& n) {
  ops::RoiAlign op;
  op.mode = chosen<ops::RoiMode>(n, "mode", "avg", {{"avg", ops::RoiMode::average}, {"max", ops::RoiMode::max}});
  op.height = n.integer("output_height", 1);
  op.width = n.integer("output_width", 1);
  op.sampling_ratio = n.integer("sampling_ratio", 0);
  op.scale = n.number("spatial_scale", 1);
  op.half_pixel = n.opset() >= 16 && n.text("coordinate_transformation_mode", "half_pixel") == "half_pixel";
  n.give(n.add(op, {n.in(0), n.in(1), n.in(2)}));
}

void max_roi_pool(NodeReader& n) {
  const std::vector<int64_t> size = n.integers("pooled_shape");
  if (size.size() != 2) n.corrupt("its pooled_shape is not two sizes");
  n.give(n.add(ops::MaxRoiPool{size[0], size[1], n.number("spatial_scale", 1)}, {n.in(0), n.in(1)}));
}

constexpr Entry kEntries[] = {
    {"AffineGrid", affine_grid},
    {"GridSample", grid_sample},
    {"MaxRoiPool", max_roi_pool},
    {"Resize", resize, {}, "sizes with a name by whole numbers and fractions; keep_aspect_ratio_policy of known sizes"},
    {"RoiAlign", roi_align},
    {"Upsample", upsample, {}, "sizes with a name by whole numbers and fractions"},
};

}  // namespace

std::span<const Entry> vision_entries() { return kEntries; }

}  // namespace lathe::onnx
