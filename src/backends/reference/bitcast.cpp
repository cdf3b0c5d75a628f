#include "ops/bitcast.h"

#include "backends/reference/definition.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Bitcast& /*op*/, const Launch& launch) {
  copy_run(launch.outputs[0], 0, launch.inputs[0], 0, launch.outputs[0].shape.count());
}

}  // namespace
LATHE_REFERENCE(Bitcast, bitcast, .run = run)
}  // namespace lathe::backends::reference
