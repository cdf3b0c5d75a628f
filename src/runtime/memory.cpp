#include "runtime/memory.h"

#include <sys/mman.h>

#include "base/error.h"

namespace lathe::runtime {

Buffer::~Buffer() {
  if (data_) munmap(data_, size_);
}

void Buffer::reserve(size_t bytes) {
  if (bytes <= size_) return;
  constexpr size_t kPage = 4096, kHugePage = size_t{2} << 20, kLimit = size_t{1} << 46;
  size_t rounded = bytes > kLimit ? bytes : (bytes + kPage - 1) / kPage * kPage;
  void* fresh =
      bytes > kLimit ? MAP_FAILED : mmap(nullptr, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fresh == MAP_FAILED)
    fail(ErrorCode::out_of_memory, "context", "run smaller batches", "{} bytes of memory cannot be had", bytes);
  if (rounded >= kHugePage) madvise(fresh, rounded, MADV_HUGEPAGE);
  if (data_) munmap(data_, size_);
  data_ = static_cast<std::byte*>(fresh);
  size_ = rounded;
}

}  // namespace lathe::runtime
