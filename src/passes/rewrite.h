#pragma once
#include <optional>
#include <span>
#include <string>

#include "ir/network.h"
#include "ir/pattern.h"
#include "passes/pass.h"

namespace lathe::passes {

/// The values that nodes make, readers first: a pattern meets its widest match before the parts of it.
std::vector<ir::ValueId> values_from_the_end(const ir::Network& network);

/// Origins of several nodes, each once, in the order met.
std::vector<std::string> united_origins(const ir::Network& network, std::span<const ir::NodeId> nodes);
/// What origins have in common, in words: "layer 3's attention output", "embeddings"; for messages.
std::string place(const std::vector<std::string>& origins);
/// A name for a node that stands for these origins: what they have in common and the op's name.
std::string node_name(const std::vector<std::string>& origins, std::string_view op);

/// Reads of `from` become reads of `to`: by nodes, outputs and entries.
void substitute(ir::Network& network, ir::ValueId from, ir::ValueId to);

/// Lets a node that takes the place of another of as many outputs carry its name, and its values the names of values.
void take_names(ir::Network& network, ir::NodeId successor, ir::NodeId predecessor);

/// Gives the node this name, where it is the name of one of its predecessors, which are about to go.
void inherit_name(ir::Network& network, ir::NodeId successor, std::string_view name,
                  std::span<const ir::NodeId> predecessors);

/// Puts one node in the place of `nodes`, which are erased; `root` is the one value of theirs that others read.
/// Nothing happens, and the result is empty, when the op's rule refuses the inputs or gives another type than root's.
std::optional<ir::ValueId> fuse(ir::Network& network, std::span<const ir::NodeId> nodes, ir::ValueId root, ops::Op op,
                                std::vector<ir::ValueId> inputs);

/// Whether every number of `from` is one of `to`, which is larger: floats that a cast does not round.
bool widens(DType from, DType to);

/// The end of a pass: nodes in order, none dead. Returns `rewrites`.
int tidy(ir::Network& network, int rewrites);

/// "1 node", "8 nodes"
std::string counted(size_t count, std::string_view noun);

}  // namespace lathe::passes
