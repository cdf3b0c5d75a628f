#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "compiler/lower.h"
#include "plan/plan.h"
#include "tests/device/control.h"

namespace lathe::test {

/// The name of the device for tests, with its library made ready to be opened.
std::string_view test_device();
/// What the device is asked of; it is opened.
DeviceControl& test_device_control();

/// Which nodes run on the device for tests, by their places in the order.
using Where = std::function<bool(size_t position)>;
inline bool everywhere(size_t) { return true; }
inline bool every_other(size_t position) { return position % 2 == 1; }
compiler::Placement placed(Where where);

/// The FP32 plan of a network with these nodes on the device for tests; padding may be dropped.
plan::Plan device_plan(ir::Network network, Where where, std::string_view pass_switches = {});
/// The same by any placement: "twin" is a second device for tests, with a memory of its own.
plan::Plan placed_plan(ir::Network network, compiler::Placement placement, std::string_view pass_switches = {});

}  // namespace lathe::test
