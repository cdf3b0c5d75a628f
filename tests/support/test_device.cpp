#include "tests/support/test_device.h"

#include <dlfcn.h>

#include <cstdlib>

#include "backends/tactic.h"
#include "base/error.h"
#include "compiler/compile.h"

namespace lathe::test {

std::string_view test_device() {
  static const bool ready = setenv("LATHE_BACKENDS", LATHE_TEST_BACKENDS, 1) == 0;
  return ready ? "test" : "";
}

DeviceControl& test_device_control() {
  backends::backends_of(test_device());
  void* library = dlopen(LATHE_TEST_BACKENDS "/liblathe_test.so", RTLD_NOW | RTLD_NOLOAD);
  auto* control = library ? static_cast<DeviceControl*>(dlsym(library, "lathe_test_control")) : nullptr;
  if (!control) fail(ErrorCode::internal, "device for tests", {}, "it cannot be steered");
  return *control;
}

compiler::Placement placed(Where where) {
  return {{"cpu", std::string(test_device())},
          [where = std::move(where)](const ir::Node&, size_t position) { return where(position) ? 1 : 0; }};
}

plan::Plan device_plan(ir::Network network, Where where, std::string_view pass_switches) {
  return placed_plan(std::move(network), placed(std::move(where)), pass_switches);
}

plan::Plan placed_plan(ir::Network network, compiler::Placement placement, std::string_view pass_switches) {
  compiler::CompileOptions options;
  options.placement = std::move(placement);
  options.padding = passes::Padding::dropped;
  // Networks are placed by the positions of their nodes, which are to stay several.
  options.pass_switches = std::string(pass_switches) + (pass_switches.empty() ? "" : ",") + "-fuse_pointwise";
  return compiler::compile(std::move(network), options);
}

}  // namespace lathe::test
