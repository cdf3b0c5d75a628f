#include "ops/resize.h"

#include <algorithm>
#include <cmath>

#include "base/dtype.h"
#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Resize, resize, Traits{})

Types infer(const Resize& op, const Types& in) {
  check_count("resize", in, 1, 1);
  const size_t rank = in[0].shape.size();
  if (op.mode != ResizeMode::nearest && in[0].dtype == DType::boolean) reject("resize", in, "cannot mix booleans");
  if (op.shape.size() != rank) reject("resize", in, "shape needs one value a dimension");
  if (!op.scales.empty() && op.scales.size() != rank)
    reject("resize", in, "scales need one value a dimension, or none");
  if (!op.roi.empty() && op.roi.size() != 2 * rank) reject("resize", in, "roi needs two values a dimension, or none");
  if (!all_finite(op.scales) || !all_finite(op.roi) || !std::isfinite(op.cubic_a) || !std::isfinite(op.extrapolation))
    reject("resize", in, "an attribute is not finite");
  // An element of y is a sum over 1 / scale ones of x.
  constexpr double kLeast = 1e-6;
  for (double scale : op.scales.values)
    if (!(scale >= kLeast)) reject("resize", in, "a scale is not positive");
  if (op.antialias && op.mode == ResizeMode::nearest) reject("resize", in, "nearest has no antialias");
  for (size_t d = 0; d < rank; ++d) {
    const Dim &from = in[0].shape[d], &to = op.shape[d];
    if (to.is_constant() && to.constant() < 0) reject("resize", in, "a size is negative");
    if (from == Dim(0) && to.is_constant() && to.constant() > 0)
      reject("resize", in, "nothing has no elements to take");
  }
  return {{in[0].dtype, op.shape}};
}

size_t resolve(Resize& op, const Types& in, const Contents& known) {
  check_count("resize", in, 1, 3);
  if (in.size() == 1) return 1;
  if (!op.shape.empty()) reject("resize", in, "the shape is an attribute and an input");
  const std::vector<Dim> sizes = sizes_from("resize", in, known, 1, "shape");
  std::vector<int64_t> axes;
  if (in.size() == 3)
    axes = numbers_from("resize", in, known, 2, "axes");
  else
    for (int64_t d = 0; d < in[0].rank(); ++d) axes.push_back(d);
  if (axes.size() != sizes.size()) reject("resize", in, "the shape needs one value an axis");
  op.shape = in[0].shape;
  for (size_t i = 0; i < axes.size(); ++i)
    op.shape[static_cast<size_t>(normalize_axis("resize", in, axes[i], in[0].rank()))] = sizes[i];
  return 1;
}

}  // namespace lathe::ops
