#include "api/extents.h"
#include "ir/compose/scaled.h"
#include "lathe/layers/resize.h"
#include "ops/grid_sample.h"
#include "ops/resize.h"

namespace lathe {
namespace {

using api::Adder;
using ir::ValueId;

ops::ResizeMode mode_of(Interpolation mode) { return static_cast<ops::ResizeMode>(mode); }
static_assert(static_cast<int>(Interpolation::cubic) == static_cast<int>(ops::ResizeMode::cubic));

Dim scaled(Adder& n, const Dim& d, double scale) {
  if (const auto result = ir::scaled(n, d, scale)) return *result;
  n.refuse("the size " + d.str() + " is scaled by a number that is no fraction", "give sizes");
}

ops::ResizeCoordinates coordinates_of(ResizeCoordinates coordinates) {
  switch (coordinates) {
    case ResizeCoordinates::align_corners: return ops::ResizeCoordinates::align_corners;
    case ResizeCoordinates::asymmetric: return ops::ResizeCoordinates::asymmetric;
    case ResizeCoordinates::half_pixel: return ops::ResizeCoordinates::half_pixel;
    case ResizeCoordinates::half_pixel_or_zero: return ops::ResizeCoordinates::pytorch_half_pixel;
  }
  return ops::ResizeCoordinates::half_pixel;
}

ops::ResizeRounding rounding_of(ResizeRounding rounding) {
  switch (rounding) {
    case ResizeRounding::half_down: return ops::ResizeRounding::round_prefer_floor;
    case ResizeRounding::half_up: return ops::ResizeRounding::round_prefer_ceil;
    case ResizeRounding::floor: return ops::ResizeRounding::floor;
    case ResizeRounding::ceil: return ops::ResizeRounding::ceil;
  }
  return ops::ResizeRounding::floor;
}

}  // namespace

Tensor resize(const Tensor& x, const ResizeOptions& options) {
  Adder n("resize", {x, options.sizes.computed()});
  const ValueId in = n.in(x);
  const size_t rank = n.shape(in).size();
  ops::Resize op;
  op.mode = mode_of(options.mode);
  op.coordinates = coordinates_of(options.coordinates);
  op.rounding = rounding_of(options.rounding);
  op.cubic_a = options.cubic_coefficient;
  op.exclude_outside = options.exclude_outside;
  if (bool(options.sizes) == !options.scales.empty()) n.invalid("it takes either sizes or scales");
  if (options.sizes) {
    op.shape = api::known(n, options.sizes, "sizes");
    return n.out(n.add(op, {in}));
  }
  if (options.scales.size() != rank) n.invalid("its scales are not one a dimension of " + x.str());
  for (size_t d = 0; d < rank; ++d) {
    if (!(options.scales[d] > 0)) n.invalid("a scale is not positive");
    op.shape.push_back(scaled(n, n.shape(in)[d], options.scales[d]));
  }
  op.scales.values = options.scales;
  return n.out(n.add(op, {in}));
}

Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options) {
  Adder n("grid_sample", {x, grid});
  ops::GridSample op;
  op.mode = mode_of(options.mode);
  op.align_corners = options.align_corners;
  op.padding = options.beyond == GridSampleOptions::Beyond::fill    ? ops::GridPadding::zeros
               : options.beyond == GridSampleOptions::Beyond::clamp ? ops::GridPadding::border
                                                                    : ops::GridPadding::reflection;
  return n.out(n.add(op, {n.in(x), n.in(grid)}));
}

}  // namespace lathe
