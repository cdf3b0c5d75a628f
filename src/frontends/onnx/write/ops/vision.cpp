// Interpolation, and what is computed over regions of images.
#include <cmath>

#include "frontends/onnx/write/spelling.h"
#include "ops/grid_sample.h"
#include "ops/lrn.h"
#include "ops/max_roi_pool.h"
#include "ops/resize.h"
#include "ops/roi_align.h"

namespace lathe::onnx {
namespace {

/// A list of numbers as F32.
std::string numbers(NodeWriter& n, const std::vector<double>& list) {
  const std::vector<float> values(list.begin(), list.end());
  return n.body().constant(tensor_of(DType::f32, {std::ssize(values)}, values.data(), values.size() * sizeof(float)));
}

/// Whether the scales say the sizes: those that a run computes are taken to come from them.
bool scales_say_sizes(const ops::Resize& op, const std::vector<Dim>& x) {
  for (size_t d = 0; d < op.scales.size(); ++d) {
    if (!x[d].is_constant() || !op.shape[d].is_constant()) continue;
    const float scale = static_cast<float>(op.scales[d]), size = static_cast<float>(x[d].constant());
    if (std::floor(size * scale) != static_cast<float>(op.shape[d].constant())) return false;
  }
  return true;
}

constexpr std::string_view kTwoSizes = "ONNX has scales or sizes, and here one does not follow from the other";

Values resize(NodeWriter& n) {
  const auto& op = n.op<ops::Resize>();
  if (!scales_say_sizes(op, n.type().shape)) n.refuse(kTwoSizes, "give its sizes alone");
  const std::vector<proto::Attribute> attributes = {
      attribute("mode", ops::to_string(op.mode)),
      attribute("nearest_mode", ops::to_string(op.rounding)),
      attribute("coordinate_transformation_mode", ops::to_string(op.coordinates)),
      attribute("cubic_coeff_a", op.cubic_a),
      attribute("exclude_outside", int64_t{op.exclude_outside}),
      attribute("antialias", int64_t{op.antialias}),
      attribute("extrapolation_value", op.extrapolation)};
  const std::string roi = op.roi.empty() ? std::string() : numbers(n, op.roi.values);
  if (!op.scales.empty()) return {n.emit("Resize", {n.in(0), roi, numbers(n, op.scales.values)}, attributes)};
  return {n.emit("Resize", {n.in(0), roi, "", n.body().sizes(op.shape)}, attributes)};
}

Values grid_sample(NodeWriter& n) {
  const auto& op = n.op<ops::GridSample>();
  return n.same("GridSample",
                {attribute("mode", ops::to_string(op.mode)), attribute("padding_mode", ops::to_string(op.padding)),
                 attribute("align_corners", int64_t{op.align_corners})});
}

Values lrn(NodeWriter& n) {
  const auto& op = n.op<ops::Lrn>();
  return n.same("LRN", {attribute("size", op.size), attribute("alpha", op.alpha), attribute("beta", op.beta),
                        attribute("bias", op.bias)});
}

Values max_roi_pool(NodeWriter& n) {
  const auto& op = n.op<ops::MaxRoiPool>();
  return n.same("MaxRoiPool", {attribute("pooled_shape", std::vector<int64_t>{op.height, op.width}),
                               attribute("spatial_scale", op.scale)});
}

Values roi_align(NodeWriter& n) {
  const auto& op = n.op<ops::RoiAlign>();
  const std::string batch = n.cast(n.in(2), n.type(2).dtype, DType::i64);
  return {n.emit("RoiAlign", {n.in(0), n.in(1), batch},
                 {attribute("mode", op.mode == ops::RoiMode::max ? "max" : "avg"),
                  attribute("output_height", op.height), attribute("output_width", op.width),
                  attribute("sampling_ratio", op.sampling_ratio), attribute("spatial_scale", op.scale),
                  attribute("coordinate_transformation_mode", op.half_pixel ? "half_pixel" : "output_half_pixel")})};
}

constexpr Spelling kSpellings[] = {
    {"grid_sample", grid_sample}, {"lrn", lrn}, {"max_roi_pool", max_roi_pool}, {"resize", resize},
    {"roi_align", roi_align},
};

}  // namespace

std::span<const Spelling> vision_spellings() { return kSpellings; }

}  // namespace lathe::onnx
