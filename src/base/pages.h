#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/file.h"

namespace lathe {

/// More than any machine's memory, and far from where arithmetic on sizes ends: sizes beyond are refused first.
inline constexpr int64_t kMostBytes = int64_t{1} << 46;

/// A run of zero pages of its own, on a huge page's boundary, backed by huge pages where the system gives them: weights
/// read from normal pages reach two thirds of the memory's rate, since each 4 KB costs a look-up of its address.
/// Error(out_of_memory) when they cannot be had.
class Pages {
 public:
  static constexpr size_t kHugePage = size_t{2} << 20;

  Pages() = default;
  explicit Pages(size_t bytes);
  /// At least this many bytes; the content is lost when it grows.
  void reserve(size_t bytes);
  Pages(Pages&& other) noexcept;
  Pages& operator=(Pages&& other) noexcept;
  ~Pages();
  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// Makes Blobs that lie side by side in huge pages, in the order in which they are asked for. A region of pages is
/// freed with the last Blob in it: for what is made together and kept together, as the weights of a plan.
/// The first regions are small, so that a small model takes little.
class BlobRegion {
 public:
  /// As Blob::zeros.
  Blob zeros(size_t size, std::byte** writable);
  /// As Blob::copy_of.
  Blob copy_of(std::span<const std::byte> bytes);

 private:
  std::shared_ptr<Pages> pages_;
  size_t used_ = 0, next_ = size_t{1} << 20;  ///< of `pages_`; bytes of the next region
};

}  // namespace lathe
