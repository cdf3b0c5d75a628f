#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "backends/device.h"
#include "tests/device/control.h"

namespace lathe::test {

/// A device made of the host's memory and a thread a queue, which behaves as one with a memory of its own: addresses
/// that it gives out are none of the host's (reading one ends the process), every address that it is given is looked
/// up, memory is poisoned (NaN, -1) until something is written, and work is done after a delay.
class TestDevice : public backends::Device {
 public:
  explicit TestDevice(DeviceControl& control) : control_(control) {}
  std::string_view name() const override { return LATHE_TEST_DEVICE; }
  void* allocate(size_t bytes) override;
  void release(void* memory) noexcept override;
  void* allocate_pinned(size_t bytes) override;
  void release_pinned(void* memory) noexcept override;
  std::unique_ptr<backends::Queue> make_queue() override;
  DeviceControl& control() const { return control_; }

  /// The host's address of device memory; null where it is not `bytes` within one allocation.
  std::byte* reach(const void* device_address, size_t bytes);
  /// A queue copies from or to the host's memory.
  void note_copy(const void* of_host, size_t bytes);
  /// Whether the host's memory is meant: no device address.
  static bool is_hosts(const void* address) { return (reinterpret_cast<uintptr_t>(address) & kTag) == 0; }

 private:
  static constexpr uintptr_t kTag = uintptr_t{1} << 62;  ///< no address of a process has it
  DeviceControl& control_;
  std::mutex mutex_;
  using Given = std::map<uintptr_t, size_t>;  ///< host addresses and sizes
  void* take(size_t bytes, size_t limit, size_t& held, Given& given);
  void give_back(uintptr_t memory, size_t& held, Given& given) noexcept;
  Given held_;    ///< of its own memory
  Given pinned_;  ///< of the host's memory that it gave
};

class TestQueue : public backends::Queue {
 public:
  explicit TestQueue(TestDevice& device);
  ~TestQueue() override;
  backends::Device& device() const override { return device_; }
  void upload(void* to_device, const void* from_host, size_t bytes) noexcept override;
  void download(void* to_host, const void* from_device, size_t bytes) noexcept override;
  void fill_zero(void* on_device, size_t bytes) noexcept override;
  uint64_t record() noexcept override;
  void wait(uint64_t event) override;
  /// Work that gives what is wrong with it, or nothing.
  void push(std::function<std::string()> work);
  TestDevice& test_device() const { return device_; }

 private:
  void serve();
  TestDevice& device_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<std::string()>> work_;
  uint64_t pushed_ = 0, done_ = 0;
  bool closing_ = false;
  std::string problem_;      ///< the first
  uint64_t problem_at_ = 0;  ///< its event
  std::thread thread_;
};

}  // namespace lathe::test
