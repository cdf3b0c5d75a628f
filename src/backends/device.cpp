#include "backends/device.h"

#include <utility>

#include "base/error.h"

namespace lathe::backends {

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept { *this = std::move(other); }

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

DeviceMemory::~DeviceMemory() {
  if (data_) device_->release(data_);
}

void DeviceMemory::reserve(Device& device, size_t bytes) {
  if (data_ && bytes <= size_) return;
  *this = DeviceMemory();  // what it held goes back first
  auto* memory = static_cast<std::byte*>(device.allocate(bytes));
  if (!memory)
    fail(ErrorCode::out_of_memory, device.name(), "run smaller batches, or free some of its memory",
         "the device has no {:.1f} MB left", static_cast<double>(bytes) / 1e6);
  device_ = &device;
  data_ = memory;
  size_ = bytes;
}

}  // namespace lathe::backends
