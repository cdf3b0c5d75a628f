#pragma once
#include <vector>

#include "ir/network.h"
#include "lathe/build.h"
#include "plan/plan.h"

namespace lathe::api {

/// What symbols of the inputs' shapes may be, a profile for each list of shapes. Error(not_found) for a name that is no
/// input; Error(shape_mismatch) for shapes that do not fit its type or each other.
std::vector<plan::Profile> profiles_of(const ir::Network& network, const std::vector<ShapeRanges>& shapes);

}  // namespace lathe::api
