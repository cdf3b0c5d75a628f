#include "backends/device.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/error.h"

namespace lathe::backends {

namespace {
constexpr size_t kAlign = 256;
}

void* Device::allocate_pinned(size_t bytes) {
  return bytes > SIZE_MAX - kAlign ? nullptr : std::aligned_alloc(kAlign, (bytes + kAlign - 1) / kAlign * kAlign);
}

void Device::release_pinned(void* memory) noexcept { std::free(memory); }

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept { *this = std::move(other); }

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(pinned_, other.pinned_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

DeviceMemory::~DeviceMemory() {
  if (data_) pinned_ ? device_->release_pinned(data_) : device_->release(data_);
}

void DeviceMemory::reserve(Device& device, size_t bytes, bool pinned) {
  bytes = std::max<size_t>(bytes, 1);
  if (bytes <= size_) return;
  *this = DeviceMemory();  // what it held goes back first
  auto* memory = static_cast<std::byte*>(pinned ? device.allocate_pinned(bytes) : device.allocate(bytes));
  if (!memory && pinned)
    fail(ErrorCode::out_of_memory, device.name(), "run smaller batches, or allow more memory to be locked",
         "the host has no {:.1f} MB left that the device can pin", static_cast<double>(bytes) / 1e6);
  if (!memory)
    fail(ErrorCode::out_of_memory, device.name(), "run smaller batches, or free some of its memory",
         "the device has no {:.1f} MB left", static_cast<double>(bytes) / 1e6);
  device_ = &device;
  pinned_ = pinned;
  data_ = memory;
  size_ = bytes;
}

}  // namespace lathe::backends
