#pragma once
#include <vector>

#include "api/adder.h"
#include "lathe/layers/shape.h"

namespace lathe::api {

/// The sizes that are given, or those that a tensor holds. Error(unsupported) for what only a run knows.
std::vector<Dim> known(Adder& n, const Extents& extents, std::string_view what);

}  // namespace lathe::api
