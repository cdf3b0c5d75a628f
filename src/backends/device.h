#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "backends/step.h"

namespace lathe::backends {

/// Where steps of a run report that the data is at fault: in the device's memory, all zeros before a run. The step that
/// finds `taken` at 0 sets it to 1, then the rest.
struct FaultRecord {
  int64_t taken = 0;
  int64_t code = 0;     ///< ErrorCode
  int64_t step = 0;     ///< DeviceLaunch::step
  int64_t problem = 0;  ///< DeviceStep::explain() has its text
  int64_t a = 0, b = 0;
};

class Device;

/// Work of one device in the order in which it is enqueued. Calls return at once and report nothing: what went wrong is
/// found by wait(). A failure stays with the queue: each wait for it, or for what was enqueued behind it, finds it. One
/// thread at a time; several queues of a device may be used at once.
class Queue {
 public:
  virtual ~Queue() = default;
  virtual Device& device() const = 0;
  /// Copies and fills between the host's memory, which stays as it is until they are done, and the device's.
  virtual void upload(void* to_device, const void* from_host, size_t bytes) noexcept = 0;
  virtual void download(void* to_host, const void* from_device, size_t bytes) noexcept = 0;
  virtual void fill_zero(void* on_device, size_t bytes) noexcept = 0;
  /// An event: the point that the queue has reached when all that was enqueued so far is done.
  virtual uint64_t record() noexcept = 0;
  /// Blocks until an event of this queue; Error(device) where the device failed before it.
  virtual void wait(uint64_t event) = 0;
};

/// A device with memory of its own. Addresses of its memory mean nothing to the host, and the other way round. Any
/// thread may call it at any time.
class Device {
 public:
  virtual ~Device() = default;
  virtual std::string_view name() const = 0;
  /// 256-byte aligned; null: there is not so much.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  /// Memory of the host that queues copy from and to while the host goes on (page-locked, as from cudaHostAlloc with
  /// cudaHostAllocPortable), 256-byte aligned; null: there is not so much. Queues take any other memory of the host
  /// too, at what speed they can. Of a device that needs none: ordinary memory.
  virtual void* allocate_pinned(size_t bytes);
  virtual void release_pinned(void* memory) noexcept;
  virtual std::unique_ptr<Queue> make_queue() = 0;
};

/// A size that the device knows and the host does not yet: offset + scale * *value.
struct LiveSize {
  int operand = 0, dimension = 0;  ///< whose: inputs first, then outputs
  const int64_t* value = nullptr;  ///< in the device's memory
  int64_t scale = 1, offset = 0;
};

/// One run of one step on a device. Views have device addresses, and the largest sizes where `live` has the real ones.
struct DeviceLaunch {
  std::span<const TensorView> inputs, outputs;
  std::span<const LiveSize> live;
  std::byte* workspace = nullptr;       ///< workspace() bytes of device memory, 256-byte aligned
  int64_t* extents = nullptr;           ///< what this op counts (Op::counts), in the device's memory
  FaultRecord* fault = nullptr;         ///< in the device's memory
  int64_t step = 0;                     ///< for FaultRecord::step
  std::span<const int64_t> sizes = {};  ///< of Op::dims(), where these are not all constants
};

/// A step that is enqueued.
class DeviceStep : public Step {
 public:
  /// Returns when the work is enqueued; what the launch points to on the host may be gone then.
  virtual void enqueue(const DeviceLaunch& launch, Queue& queue) const noexcept = 0;
  /// The text of FaultRecord::problem, a literal with up to two "{}".
  virtual const char* explain(int64_t problem) const = 0;
};

/// Memory that a device gives, its own or pinned memory of the host; freed with it.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory& operator=(DeviceMemory&& other) noexcept;
  ~DeviceMemory();
  /// At least this many bytes, and one; the content is lost when it grows. Error(out_of_memory) with the device's name.
  void reserve(Device& device, size_t bytes) { reserve(device, bytes, false); }
  void reserve_pinned(Device& device, size_t bytes) { reserve(device, bytes, true); }
  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  void reserve(Device& device, size_t bytes, bool pinned);
  Device* device_ = nullptr;
  bool pinned_ = false;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace lathe::backends
