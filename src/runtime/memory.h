#pragma once
#include <cstddef>

namespace lathe::runtime {

/// Page-aligned memory that only grows. Large buffers ask the system for huge pages.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer(Buffer&& other) noexcept : data_(other.data_), size_(other.size_) { other.data_ = nullptr, other.size_ = 0; }
  ~Buffer();
  /// At least this many bytes; the content is lost when it grows. Error(out_of_memory).
  void reserve(size_t bytes);
  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace lathe::runtime
