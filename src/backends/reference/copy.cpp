#include "ops/copy.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Copy& /*op*/, const Launch& launch) {
  copy_run(launch.outputs[0], 0, launch.inputs[0], 0, launch.outputs[0].shape.count());
}

}  // namespace
LATHE_REFERENCE(Copy, copy, .run = run)
}  // namespace lathe::backends::reference
