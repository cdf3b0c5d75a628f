#pragma once
#include <map>
#include <string>

#include "backends/tactic.h"
#include "lathe/format.h"
#include "plan/plan.h"

namespace lathe::compiler {

/// By the names of inputs and outputs.
struct PortFormats {
  std::map<std::string, Format, std::less<>> inputs = {}, outputs = {};
};

/// Callers bind and read these ports in these formats: a step at each converts. Error(unsupported) for a port that a
/// run may leave out or that has a role, and where nothing converts.
void set_port_formats(plan::Plan& plan, const PortFormats& formats, const backends::Machine& machine);

}  // namespace lathe::compiler
