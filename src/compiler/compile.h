#pragma once
#include <functional>
#include <map>
#include <string>

#include "compiler/lower.h"
#include "compiler/ports.h"
#include "ir/network.h"
#include "lathe/build.h"
#include "passes/pass.h"
#include "plan/plan.h"

namespace lathe::compiler {

struct CompileOptions {
  Precision precision = Precision::fp32;
  passes::Padding padding = passes::Padding::exact;
  /// A run fits one of them; none: one without limits. Symbols that a profile does not name get 0 / 1 / 2^20.
  std::vector<plan::Profile> profiles;
  std::string pass_switches;  ///< "-fuse_qkv,-pack_tokens"
  std::string dump_folder;    ///< printed networks after each pass; empty: none
  Placement placement;
  bool packs = true;  ///< false: weights have no data, the plan only tells what it would be
  PortFormats ports;
  std::function<void(std::string_view stage, double fraction)> progress;
};

/// Network -> passes -> tactics -> packed weights -> Plan, for this machine. The caller adds what the
/// network does not know (source hash, options, tokenizer, model). Error(unsupported_machine) for a precision that this
/// machine lacks; Error(unsupported) naming the node that no tactic runs.
plan::Plan compile(ir::Network network, const CompileOptions& options);

/// All passes over a network, then over its blocks, which `of_blocks` runs; the records of both.
std::vector<passes::PassRecord> optimise(ir::Network& network, const passes::PassContext& context,
                                         const passes::Target* of_blocks, const passes::PipelineOptions& options);

/// fp32 or bf16 for this machine. Error(unsupported_machine) with the reason.
Precision resolve(Precision wanted);

}  // namespace lathe::compiler
