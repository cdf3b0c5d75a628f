#pragma once
#include <functional>
#include <map>
#include <string>

#include "ir/network.h"
#include "plan/plan.h"

namespace lathe::compiler {

enum class Precision : uint8_t {
  fp32,
  bf16,  ///< bf16 storage, FP32 accumulation; refused on a machine without AVX512_BF16
  best,  ///< bf16 where the machine multiplies it faster, else fp32
};

struct CompileOptions {
  Precision precision = Precision::fp32;
  std::map<std::string, plan::Extent> profile;  ///< by input symbol; others get 1 / 1 / 2^20
  std::string pass_switches;                    ///< "-fuse_qkv,-pack_tokens"
  std::string dump_folder;                      ///< printed networks after each pass; empty: none
  std::function<void(std::string_view stage, double fraction)> progress;
};

/// Network -> passes -> precision -> tactics -> packed weights -> Plan, for this machine. The caller adds what the
/// network does not know (source hash, options, tokenizer, model). Error(unsupported_machine) for a precision that this
/// machine lacks; Error(unsupported) naming the node that no tactic runs.
plan::Plan compile(ir::Network network, const CompileOptions& options);

/// fp32 or bf16 for this machine. Error(unsupported_machine) with the reason.
Precision resolve(Precision wanted);

}  // namespace lathe::compiler
