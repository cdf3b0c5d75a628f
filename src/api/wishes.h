#pragma once
#include "api/network_data.h"
#include "compiler/lower.h"

namespace lathe::api {

/// What is asked of layers becomes casts around them. Error(shape_mismatch | unsupported) naming the layer that is not
/// computed in the type.
void apply_types(NetworkData& data);

/// Where layers run: the devices that they name behind the host. Nodes carry the names of theirs as origins.
compiler::Placement place_layers(NetworkData& data);

}  // namespace lathe::api
