#pragma once
#include <initializer_list>

#include "lathe/network.h"

namespace lathe {

/// Sizes, starts or paddings, one a dimension: given, or the elements of a tensor of whole numbers, i32 or i64, that
/// comes from constants and shapes of the network, or is elements of small inputs. Error(unsupported) for others.
class Extents {
 public:
  Extents() = default;
  Extents(std::initializer_list<Size> sizes) : sizes_(sizes), given_(true) {}
  Extents(Sizes sizes) : sizes_(std::move(sizes)), given_(true) {}  // NOLINT(google-explicit-constructor)
  Extents(const std::vector<int64_t>& sizes)                        // NOLINT(google-explicit-constructor)
      : sizes_(sizes.begin(), sizes.end()), given_(true) {}
  Extents(Tensor computed) : computed_(std::move(computed)) {}  // NOLINT(google-explicit-constructor)
  bool given() const { return given_; }
  const Sizes& sizes() const { return sizes_; }
  const Tensor& computed() const { return computed_; }
  explicit operator bool() const { return given_ || computed_; }

 private:
  Sizes sizes_;
  bool given_ = false;
  Tensor computed_;
};

// # shape

/// The sizes of x, i64 or i32 [rank].
LATHE_API Tensor shape(const Tensor& x, DType type = DType::i64);

// # shuffle

/// The same elements in row-major order in other sizes. 0 stands for the size of x in that place, -1 for what the
/// others leave.
LATHE_API Tensor reshape(const Tensor& x, const Extents& sizes);
/// y has dimension i of size x.shape[perm[i]]; without a permutation they are turned round.
LATHE_API Tensor transpose(const Tensor& x, const std::vector<int64_t>& perm = {});
struct ShuffleOptions {
  std::vector<int64_t> first = {};  ///< a permutation before the reshape; empty: none
  Extents sizes = {};               ///< none: those that there are
  std::vector<int64_t> second = {};
  bool zero_copies = true;  ///< false: a 0 is a size
};
/// Transposed, reshaped, transposed again.
LATHE_API Tensor shuffle(const Tensor& x, const ShuffleOptions& options);
/// Without these dimensions of size 1; none given: all of them that are shown to be 1.
LATHE_API Tensor squeeze(const Tensor& x, const std::vector<int64_t>& axes = {});
/// With a dimension of 1 at each of these places of the result.
LATHE_API Tensor unsqueeze(const Tensor& x, const std::vector<int64_t>& axes);

// # expand

/// x repeated to the sizes that it and these broadcast to; -1 keeps one.
LATHE_API Tensor expand(const Tensor& x, const Extents& sizes);

// # concatenation

/// One after the other along an axis; all other sizes are equal.
LATHE_API Tensor concatenation(const std::vector<Tensor>& inputs, int axis = 0);

}  // namespace lathe
