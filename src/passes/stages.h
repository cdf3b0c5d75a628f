#pragma once
#include <set>
#include <string_view>

#include "ir/network.h"

namespace lathe::passes {

/// The kinds of op in the network.
std::set<std::string_view> kinds(const ir::Network& network);

/// A pass brings in only the kinds of op that the table in stages.cpp allows it. Error(internal) names one that it may
/// not. `before`: the kinds before the pass.
void check_stage(std::string_view pass, const std::set<std::string_view>& before, const ir::Network& network);

}  // namespace lathe::passes
