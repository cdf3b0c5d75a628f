#pragma once
#include <string_view>

#include "ir/network.h"

namespace lathe::api {

/// Error(invalid_argument) where the name is empty or a tensor or layer has it; takes it else.
void claim(ir::Network& network, std::string_view name);

}  // namespace lathe::api
