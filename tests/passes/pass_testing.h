#pragma once
#include <map>
#include <string>
#include <vector>

#include "passes/pass.h"
#include "tests/support/mini_bert.h"
#include "tests/support/run_network.h"

namespace lathe::passes::testing {

using test::NamedTensors;
using test::NetworkBuilder;

inline const Dim kBatch = Dim::symbol("batch"), kSeq = Dim::symbol("seq");

/// One pass alone, for a network whose padding may be dropped, checked by verify(); its reports go to `reports` where
/// given.
int run_pass(std::string_view name, ir::Network& network, std::vector<std::string>* reports = nullptr,
             Padding padding = Padding::dropped);
/// The pipeline with switches; the names of the passes that changed something, in order.
std::vector<std::string> run_all(ir::Network& network, const std::string& switches = "");

/// The kinds of op in order, with constants' nodes.
std::vector<std::string> kinds_in_order(const ir::Network& network);
size_t count(const ir::Network& network, std::string_view kind);

/// Tensors for every input that has no default or is a mask: normal numbers, ids in [0, 9], masks of mixed rows.
NamedTensors random_inputs(const ir::Network& network, uint64_t seed = 1, int64_t batch = 6, int64_t seq = 7);
/// Both networks give the same for these inputs, within `tolerance` of the norm.
void expect_equal(const ir::Network& before, const ir::Network& after, const NamedTensors& given,
                  double tolerance = 1e-5);
/// The same on random inputs.
void expect_equal(const ir::Network& before, const ir::Network& after);

/// Runs the pass on a network that it is to change into nodes of these kinds, and compares results.
void expect_becomes(std::string_view pass, ir::Network network, const std::vector<std::string>& kinds);
/// Runs the pass on a network that it is to leave alone.
void expect_refuses(std::string_view pass, ir::Network network);

}  // namespace lathe::passes::testing
