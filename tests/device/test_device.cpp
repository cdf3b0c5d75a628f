#include "tests/device/test_device.h"

#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace lathe::test {
namespace {
constexpr size_t kAlign = 256;
}

void* TestDevice::take(size_t bytes, size_t limit, size_t& held, Given& given) {
  const std::lock_guard lock(mutex_);
  bytes = (bytes + kAlign - 1) / kAlign * kAlign;
  if (limit != 0 && held + bytes > limit) return nullptr;
  void* memory = std::aligned_alloc(kAlign, bytes);
  if (!memory) return nullptr;
  std::memset(memory, 0xff, bytes);
  given.emplace(reinterpret_cast<uintptr_t>(memory), bytes);
  held += bytes;
  return memory;
}

void TestDevice::give_back(uintptr_t memory, size_t& held, Given& given) noexcept {
  const std::lock_guard lock(mutex_);
  auto known = given.find(memory);
  if (known == given.end()) std::abort();  // freed twice, or never given out
  held -= known->second;
  std::free(reinterpret_cast<void*>(memory));
  given.erase(known);
}

void* TestDevice::allocate(size_t bytes) {
  void* memory = take(bytes, control_.limit, control_.held, held_);
  return memory ? reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(memory) | kTag) : nullptr;
}

void TestDevice::release(void* memory) noexcept {
  give_back(reinterpret_cast<uintptr_t>(memory) & ~kTag, control_.held, held_);
}

void* TestDevice::allocate_pinned(size_t bytes) {
  return take(bytes, control_.pinned_limit, control_.pinned_held, pinned_);
}

void TestDevice::release_pinned(void* memory) noexcept {
  give_back(reinterpret_cast<uintptr_t>(memory), control_.pinned_held, pinned_);
}

void TestDevice::note_copy(const void* of_host, size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto at = reinterpret_cast<uintptr_t>(of_host);
  auto place = pinned_.upper_bound(at);
  const bool pinned = place != pinned_.begin() && at - std::prev(place)->first < std::prev(place)->second;
  (pinned ? control_.pinned_copied : control_.unpinned_copied) += bytes;
}

std::byte* TestDevice::reach(const void* device_address, size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (is_hosts(device_address)) return nullptr;
  const uintptr_t at = reinterpret_cast<uintptr_t>(device_address) & ~kTag;
  auto place = held_.upper_bound(at);
  if (place == held_.begin()) return nullptr;
  --place;
  if (at - place->first > place->second || bytes > place->second - (at - place->first)) return nullptr;
  return reinterpret_cast<std::byte*>(at);
}

std::unique_ptr<backends::Queue> TestDevice::make_queue() { return std::make_unique<TestQueue>(*this); }

TestQueue::TestQueue(TestDevice& device) : device_(device), thread_([this] { serve(); }) {}

TestQueue::~TestQueue() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    device_.control().abandoned += pushed_ - done_;
  }
  changed_.notify_all();
  thread_.join();
}

void TestQueue::serve() {
  std::minstd_rand random(1);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !work_.empty(); });
    if (work_.empty()) return;
    std::function<std::string()> work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    if (device_.control().delay_us > 0)
      std::this_thread::sleep_for(std::chrono::microseconds(device_.control().delay_us));
    // Now and then late, so that who does not wait is seen.
    if (random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
    std::string problem = work();
    lock.lock();
    ++done_;
    if (problem_.empty()) problem_at_ = done_, problem_ = std::move(problem);
    changed_.notify_all();
  }
}

void TestQueue::push(std::function<std::string()> work) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    ++pushed_;
  }
  changed_.notify_all();
}

void TestQueue::upload(void* to_device, const void* from_host, size_t bytes) noexcept {
  push([this, to_device, from_host, bytes]() -> std::string {
    std::byte* to = device_.reach(to_device, bytes);
    if (!to || !TestDevice::is_hosts(from_host)) return "upload: an address of the wrong memory";
    device_.note_copy(from_host, bytes);
    if (bytes > 0 && !device_.control().lose_copies) std::memcpy(to, from_host, bytes);
    return {};
  });
}

void TestQueue::download(void* to_host, const void* from_device, size_t bytes) noexcept {
  push([this, to_host, from_device, bytes]() -> std::string {
    const std::byte* from = device_.reach(from_device, bytes);
    if (!from || !TestDevice::is_hosts(to_host)) return "download: an address of the wrong memory";
    device_.note_copy(to_host, bytes);
    if (bytes > 0 && !device_.control().lose_copies) std::memcpy(to_host, from, bytes);
    return {};
  });
}

void TestQueue::fill_zero(void* on_device, size_t bytes) noexcept {
  push([this, on_device, bytes]() -> std::string {
    std::byte* to = device_.reach(on_device, bytes);
    if (!to) return "fill_zero: an address of the wrong memory";
    std::memset(to, 0, bytes);
    return {};
  });
}

uint64_t TestQueue::record() noexcept {
  const std::lock_guard lock(mutex_);
  return pushed_;
}

void TestQueue::wait(uint64_t event) {
  if (device_.control().lose_events) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ >= event; });
  if (problem_.empty() || event < problem_at_) return;
  const std::string problem = problem_;
  lock.unlock();
  fail(ErrorCode::device, LATHE_TEST_DEVICE, {}, "{}", problem);
}

}  // namespace lathe::test
