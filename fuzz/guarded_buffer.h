#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace lathe::fuzz {

/// Memory whose end is the end of what may be read and written: the next page refuses.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(size_t capacity) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    capacity_ = (capacity + page - 1) / page * page;
    void* memory = mmap(nullptr, capacity_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    base_ = static_cast<uint8_t*>(memory);
    if (mprotect(base_ + capacity_, page, PROT_NONE) != 0) std::abort();
  }
  /// `size` bytes, at most capacity(), that end at the guard.
  uint8_t* place(size_t size) const { return base_ + capacity_ - size; }
  /// A copy that ends at the guard.
  const uint8_t* put(std::string_view bytes) const {
    std::memcpy(place(bytes.size()), bytes.data(), bytes.size());
    return place(bytes.size());
  }
  size_t capacity() const { return capacity_; }

 private:
  uint8_t* base_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace lathe::fuzz
