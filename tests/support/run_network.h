#pragma once
#include <map>
#include <string>
#include <vector>

#include "io/tensor.h"
#include "ir/network.h"

namespace lathe::test {

using NamedTensors = std::map<std::string, HostTensor, std::less<>>;

/// Evaluates a network op by op on the reference backend.
///   given    tensors by the names of inputs or entries (packed tokens); int64 ids are read as the declared i32.
///            Shape symbols take their values from the given tensors' shapes.
///   wanted   names of outputs; none: all that are not on demand
/// Inputs and entries left out get their InputDefault where a wanted output needs them. Given entries hide whatever
/// would compute them. Throws Error(invalid_argument) for an unknown name or a required input left out, and what the
/// ops throw, with the node's name in front.
NamedTensors run_network(const ir::Network& network, const NamedTensors& given,
                         const std::vector<std::string>& wanted = {});

}  // namespace lathe::test
