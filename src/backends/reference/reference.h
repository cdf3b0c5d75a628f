#pragma once
#include "backends/tactic.h"

namespace lathe::backends {

/// Every op, scalar, in double precision, for any element types and row strides: the oracle of the tests, the constant
/// folder, and what runs an op that no faster backend takes. Only rank 0 of a team works. A tactic "reference.<op>"
/// refuses nothing but attributes whose values are known only at run time and do not show in the outputs' shapes.
const Backend& reference_backend();

}  // namespace lathe::backends
