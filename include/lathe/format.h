#pragma once
#include <cstdint>
#include <string>

#include "lathe/export.h"
#include "lathe/types.h"

namespace lathe {

/// How the elements of a tensor of sizes n[0..r) lie in memory: its dimensions in some order, one of them in blocks.
///
/// The dimension `axis` is cut into blocks of `block` elements, the last one filled up with zeros by whoever writes the
/// tensor, and the elements of a block lie side by side. With c[axis] = ceil(n[axis] / block), c[d] = n[d] for the
/// others, and the dimensions order[0] (outermost) to order[r - 1]:
///
///   stride[order[r - 1]] = block, stride[order[k]] = stride[order[k + 1]] * c[order[k + 1]]
///   offset(i) = sum over d != axis of i[d] * stride[d] + i[axis] / block * stride[axis] + i[axis] % block
///
/// in elements; c[0] * ... * c[r - 1] * block lie there in all. Of [n, c, h, w]: row-major is {}, channels last
/// {{0, 2, 3, 1}}, CHW32 (nChw32c) {{}, 1, 32}, HWC8 {{0, 2, 3, 1}, 1, 8}. Each way has one spelling.
struct LATHE_API Format {
  static constexpr int64_t kMostBlock = 1024;

  Shape order = {};   ///< the dimensions, outermost first; of rank 0: 0, 1, 2, ...
  int axis = 0;       ///< of block > 1, else 0
  int64_t block = 1;  ///< 1: no dimension is in blocks; at most kMostBlock

  bool is_dense() const { return order.rank() == 0 && block == 1; }
  /// Whether it is a format of tensors of this rank, as it is spelt.
  bool fits(int rank) const;
  /// Whether elements and padding stay where they are when this dimension has another size: it lies outermost, in no
  /// blocks.
  bool may_vary(int dimension) const {
    return dimension == (order.rank() == 0 ? 0 : order[0]) && (block == 1 || dimension != axis);
  }
  /// stride[d] of the formula; INT64_MAX for what is larger. It fits the shape, whose sizes are not negative.
  Shape strides(const Shape& shape) const;
  /// How many elements lie there in all, those that fill blocks up included; INT64_MAX for more.
  int64_t elements(const Shape& shape) const;
  bool operator==(const Format&) const = default;
};

/// The format of tensors whose dimensions lie in this order.
LATHE_API Format in_order(const Shape& order);
/// "row-major", "order 0,2,3,1", "dimension 1 by 32", "order 0,2,3,1, dimension 1 by 8"
LATHE_API std::string to_string(const Format& format);

}  // namespace lathe
