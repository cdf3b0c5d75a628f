// The library of the device for tests, opened as that of any device is.
#include "backends/library.h"
#include "backends/reference/reference.h"
#include "tests/device/test_device.h"
#include "tests/device/test_tactic.h"

#ifndef LATHE_TEST_INTERFACE
#define LATHE_TEST_INTERFACE ::lathe::backends::kBackendInterface
#endif

extern "C" __attribute__((visibility("default"))) lathe::test::DeviceControl lathe_test_control;
lathe::test::DeviceControl lathe_test_control;

namespace lathe::test {
namespace {

class TestBackend : public backends::Backend {
 public:
  TestBackend() {
    for (const backends::Tactic* tactic : backends::reference_backend().tactics()) add(*tactic);
  }
  std::string_view name() const override { return LATHE_TEST_DEVICE; }
  backends::Device* device() const override { return &device_; }
  const std::vector<const backends::Tactic*>& tactics() const override { return tactics_; }

 private:
  /// They live as long as the process.
  void add(const backends::Tactic& reference) {
    tactics_.push_back(new TestTactic(reference));
    if (reference.op() != "unary") return;
    using enum ops::UnaryKind;
    tactics_.push_back(new BlockedTactic(reference, "chw4", {{}, 1, 4}, neg));
    tactics_.push_back(new BlockedTactic(reference, "chw32", {{}, 1, 32}, abs));
    tactics_.push_back(new BlockedTactic(reference, "hwc8", {{0, 2, 3, 1}, 1, 8}, exp));
    tactics_.push_back(new BlockedTactic(reference, "hwc", {{0, 2, 3, 1}}, erf));
  }
  mutable TestDevice device_{lathe_test_control};
  std::vector<const backends::Tactic*> tactics_;
};

const backends::Backend& open() {
  static const TestBackend& backend = *new TestBackend;
  return backend;
}

}  // namespace
}  // namespace lathe::test

extern "C" __attribute__((visibility("default"))) const lathe::backends::BackendLibrary lathe_backend;
const lathe::backends::BackendLibrary lathe_backend{LATHE_TEST_INTERFACE, LATHE_VERSION, &lathe::test::open};
