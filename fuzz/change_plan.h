#pragma once
#include "fuzz/choices.h"
#include "plan/plan.h"

namespace lathe::fuzz {

/// One change of a value that a plan file holds: a size, a type, an index, a flag, an attribute, a symbol, a port.
void change_plan(plan::Plan& plan, Choices& choices);

}  // namespace lathe::fuzz
