#include "base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace lathe {
namespace {
constexpr size_t kPage = 4096, kLimit = static_cast<size_t>(kMostBytes);
/// Reserved at once for many Blobs at most; pages that are never touched take no memory.
constexpr size_t kLargestRegion = size_t{256} << 20, kGrowth = 4;
constexpr size_t kAlignment = 64;

size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }
}  // namespace

Pages::Pages(size_t bytes) {
  if (bytes == 0) return;
  const bool huge = bytes >= kHugePage;
  const size_t size = round_up(std::min(bytes, kLimit + 1), kPage), slack = huge ? kHugePage - kPage : 0;
  void* memory = bytes > kLimit
                     ? MAP_FAILED
                     : mmap(nullptr, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    fail(ErrorCode::out_of_memory, "memory", "free some, or run smaller batches", "{} bytes of memory cannot be had",
         bytes);
  data_ = static_cast<std::byte*>(memory);
  size_ = size;
  if (!huge) return;
  // The system aligns to small pages: what lies before and behind the boundary goes back.
  auto address = reinterpret_cast<uintptr_t>(memory);
  const size_t before = round_up(address, kHugePage) - address, behind = slack - before;
  if (before > 0) munmap(data_, before);
  data_ += before;
  if (behind > 0) munmap(data_ + size, behind);
  madvise(data_, size, MADV_HUGEPAGE);
}

void Pages::reserve(size_t bytes) {
  if (bytes > size_) *this = Pages(bytes);
}

Pages::Pages(Pages&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Pages::~Pages() {
  if (data_ != nullptr) munmap(data_, size_);
}

Blob BlobRegion::zeros(size_t size, std::byte** writable) {
  *writable = nullptr;
  if (size == 0) return {};
  used_ = round_up(used_, kAlignment);
  if (!pages_ || size > pages_->size() - std::min(used_, pages_->size())) {
    pages_ = std::make_shared<Pages>(std::max(size, next_));
    next_ = std::min(next_ * kGrowth, kLargestRegion);
    used_ = 0;
  }
  *writable = pages_->data() + used_;
  used_ += size;
  return {pages_, *writable, size};
}

Blob BlobRegion::copy_of(std::span<const std::byte> bytes) {
  std::byte* writable = nullptr;
  Blob blob = zeros(bytes.size(), &writable);
  if (!bytes.empty()) std::memcpy(writable, bytes.data(), bytes.size());
  return blob;
}

}  // namespace lathe
