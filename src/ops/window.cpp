#include "ops/window.h"

#include <algorithm>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {
namespace {

Dim extent(std::string_view op, const Types& in, const Window& window, size_t d, const Dim& k) {
  if (k.is_constant() && k.constant() < 1) reject(op, in, "a window has no element");
  if (k.is_constant() && k.constant() > INT32_MAX) reject(op, in, "a window has too many elements");
  return Dim(window.dilation(d)) * (k - Dim(1)) + Dim(1);
}

}  // namespace

size_t spatial_of(std::string_view op, const Types& in) {
  const size_t rank = in[0].shape.size();
  if (rank < 3 || rank > 2 + kMostSpatial) reject(op, in, "x needs a batch, channels and 1 to 3 spatial dimensions");
  return rank - 2;
}

void check_window(std::string_view op, const Types& in, const Window& window, size_t spatial, bool crops) {
  const auto fits = [&](size_t size) { return size == 0 || size == spatial; };
  if (!fits(window.strides.size()) || !fits(window.dilations.size()) || !fits(window.pads_before.size()) ||
      !fits(window.pads_after.size()))
    reject(op, in, "strides, dilations and pads need one value a spatial dimension, or none");
  const auto below_one = [](int64_t value) { return value < 1; };
  if (std::any_of(window.strides.begin(), window.strides.end(), below_one) ||
      std::any_of(window.dilations.begin(), window.dilations.end(), below_one))
    reject(op, in, "strides and dilations must be at least 1");
  for (const auto* pads : {&window.pads_before, &window.pads_after})
    for (const Dim& pad : *pads)
      if (!crops && pad.is_constant() && pad.constant() < 0) reject(op, in, "padding must not be negative");
}

Dim windows_in(std::string_view op, const Types& in, const Window& window, size_t d, const Dim& x, const Dim& k,
               bool round_up) {
  const Dim stride(window.stride(d)), room = x + window.before(d) + window.after(d),
                                      size = extent(op, in, window, d, k);
  const Dim left = room - size;
  if (left.is_constant() && left.constant() < 0)
    reject(op, in, fmt::format("a window over {} is larger than {}, padding included", size.str(), room.str()));
  if (!round_up) return Dim::floordiv(left + stride, stride);
  // Which of the two counts is less does not depend on x.
  const Dim in_room = Dim::ceildiv(left + stride, stride), begun = Dim::ceildiv(x + window.before(d), stride),
            beyond = window.after(d) - size + stride;
  if (!beyond.is_constant()) return Dim::min(in_room, begun);
  return beyond.constant() <= 0 ? in_room : begun;
}

Dim reached_by_windows(std::string_view op, const Types& in, const Window& window, size_t d, const Dim& x, const Dim& k,
                       const Dim& more) {
  const Dim size =
      (x - Dim(1)) * Dim(window.stride(d)) + extent(op, in, window, d, k) - window.before(d) - window.after(d) + more;
  if (size.is_constant() && size.constant() < 0) reject(op, in, "nothing is left of an output");
  return size;
}

std::vector<int64_t> channels_back(size_t rank) {
  std::vector<int64_t> perm = {0};
  for (size_t d = 2; d < rank; ++d) perm.push_back(static_cast<int64_t>(d));
  perm.push_back(1);
  return perm;
}

std::vector<int64_t> channels_first(size_t rank) {
  std::vector<int64_t> perm = {0, static_cast<int64_t>(rank) - 1};
  for (size_t d = 1; d + 1 < rank; ++d) perm.push_back(static_cast<int64_t>(d));
  return perm;
}

}  // namespace lathe::ops
