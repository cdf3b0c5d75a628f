#include "lathe/format.h"

#include <fmt/ranges.h>

#include "base/dim.h"

namespace lathe {

bool Format::fits(int rank) const {
  if (order.rank() != 0 && order.rank() != rank) return false;
  bool taken[Shape::kMaxRank] = {}, turned = order.rank() == 0;
  for (int k = 0; k < order.rank(); ++k) {
    const int64_t d = order[k];
    if (d < 0 || d >= rank || taken[d]) return false;
    taken[d] = true;
    turned = turned || d != k;
  }
  if (block == 1) return turned && axis == 0;
  return turned && block > 1 && block <= kMostBlock && axis >= 0 && axis < rank;
}

Shape Format::strides(const Shape& shape) const {
  Shape strides = shape;
  int64_t next = block;
  for (int k = shape.rank() - 1; k >= 0; --k) {
    const int d = order.rank() == 0 ? k : static_cast<int>(order[k]);
    strides[d] = next;
    const int64_t count = d == axis ? shape[d] / block + (shape[d] % block != 0 ? 1 : 0) : shape[d];
    if (__builtin_mul_overflow(next, count, &next)) next = INT64_MAX;
  }
  return strides;
}

int64_t Format::elements(const Shape& shape) const {
  Shape filled = shape;
  if (block > 1 && filled[axis] % block != 0) filled[axis] = saturating_add(filled[axis], block - filled[axis] % block);
  return filled.count();
}

Format in_order(const Shape& order) {
  for (int k = 0; k < order.rank(); ++k)
    if (order[k] != k) return {order};
  return {};
}

std::string to_string(const Format& format) {
  if (format.is_dense()) return "row-major";
  std::string text;
  if (format.order.rank() > 0) text = fmt::format("order {}", fmt::join(format.order.begin(), format.order.end(), ","));
  if (format.block > 1)
    text += fmt::format("{}dimension {} by {}", text.empty() ? "" : ", ", format.axis, format.block);
  return text;
}

}  // namespace lathe
