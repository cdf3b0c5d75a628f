// Devices that are not there, libraries that are no backends of this Lathe, and plans that mix memories up.
#include "backends/tactic.h"
#include "ir/parse.h"
#include "plan/file.h"
#include "tests/errors/refusal.h"
#include "tests/support/test_device.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

constexpr std::string_view kChain =
    "network chain\n"
    "input %x: f32[n, 4]\n"
    "%a.out: f32[n, 4] = unary(kind=neg) (%x)\n"
    "%b.out: f32[n, 4] = unary(kind=exp) (%a.out)\n"
    "%c.out: f32[n, 4] = unary(kind=neg) (%b.out)\n"
    "output y = %c.out\n";

TEST(ErrorsDevices, NotThere) {
  test_device();
  expect_refusal(ErrorCode::unsupported_machine,
                 {"device nowhere", "there is no liblathe_nowhere.so", "another device"},
                 [] { backends::backends_of("nowhere"); });
  for (const char* name : {"", "../cpu", "a/b", "UPPER", "a b", "\n", "runtime"})
    expect_refusal(ErrorCode::invalid_argument, {"device", "is no name of a device", "give a name"},
                   [&] { backends::backends_of(name); });
}

TEST(ErrorsDevices, OfAnotherBuild) {
  test_device();
  expect_refusal(ErrorCode::unsupported_version, {"liblathe_other.so", "(interface 99)", "built with this Lathe"},
                 [] { backends::backends_of("other"); });
  expect_refusal(ErrorCode::unsupported_machine, {"liblathe_none.so", "no backend of Lathe", "remove the file"},
                 [] { backends::backends_of("none"); });
}

TEST(ErrorsDevices, PlansOfADeviceThatIsNotThere) {
  plan::Plan plan = device_plan(ir::parse(kChain), every_other);
  plan.devices[1] = "nowhere";
  expect_refusal(ErrorCode::unsupported_machine,
                 {"device nowhere", "there is no liblathe_nowhere.so", "install its backend"},
                 [&] { engine_of(plan); });
}

class ErrorsDevicesHostile : public testing::Test {
 protected:
  void refused(const std::string& what) {
    expect_refusal(ErrorCode::corrupt_file, {"hostile", what, "build the plan again"},
                   [&] { plan::validate(plan_, "hostile"); });
    plan_ = good_;
  }
  const plan::Plan good_ = device_plan(ir::parse(kChain), every_other);
  plan::Plan plan_ = good_;
};

TEST_F(ErrorsDevicesHostile, Memories) {
  plan::validate(plan_, "good");
  plan_.devices = {"test"};
  refused("does not begin its devices with the host");
  plan_.devices.push_back("test");
  refused("names a device twice");
  plan_.tensors[0].device = 2;
  refused("lies on no device");
  plan_.tensors[0].device = 1;
  refused("works in the memory of another device");
  for (plan::Step& step : plan_.steps) step.device = -1;
  refused("runs on no device");
}

TEST_F(ErrorsDevicesHostile, PinnedMemory) {
  int pinned = 0;
  for (size_t t = 0; t < good_.tensors.size(); ++t) {
    const plan::Tensor& tensor = good_.tensors[t];
    pinned += tensor.memory == plan::Memory::pinned;
    plan_.tensors[t].memory = plan::Memory::pinned;
    if (tensor.device == plan::kHost)
      plan::validate(plan_, "memory of the host");
    else
      refused("is pinned where nothing is");
    plan_ = good_;
  }
  EXPECT_EQ(pinned, 2) << "what is copied to the device, and what comes back";
}

TEST_F(ErrorsDevicesHostile, CopiesAndWaits) {
  size_t copies = 0, waits = 0;
  for (size_t s = 0; s < good_.steps.size(); ++s) {
    if (good_.steps[s].op.name() == "copy") {
      ++copies;
      plan_.steps[s].device = plan::kHost;
      refused("copies between other memories");
    }
    if (!good_.steps[s].waits.empty()) {
      ++waits;
      plan_.steps[s].waits.clear();
      refused("does not wait for what it reads");
      plan_.steps[s].waits = {static_cast<int>(s)};
      refused("waits for what is no earlier step of a device");
      plan_.steps[s].waits = {-1};
      refused("waits for what is no earlier step of a device");
    }
  }
  EXPECT_EQ(copies, 2u);
  EXPECT_EQ(waits, 1u);
}

}  // namespace
}  // namespace lathe
