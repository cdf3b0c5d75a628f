#pragma once
#include <memory>
#include <vector>

#include "frontends/onnx/node_reader.h"

namespace lathe::onnx {

/// Reads the graph's initializers and those of its nodes that its outputs need, in their order, into the scope.
/// Functions are read in place of the nodes that call them.
void read_body(const GraphMessage& graph, Scope& scope, const Place& place);
/// What the graph's outputs are, after read_body().
std::vector<Item> results_of(const GraphMessage& graph, Scope& scope);

/// The place within a node's own graph. Error(corrupt_file) where graphs and functions are nested too deep, or call
/// themselves.
Place within(const Place& place, std::string_view name);

}  // namespace lathe::onnx
