#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/evaluator.h"
#include "ir/network.h"
#include "passes/target.h"

namespace lathe::passes {

/// What may become of positions that a mask of tokens hides.
enum class Padding : uint8_t {
  /// All outputs stay what the network says on finite numbers, whatever its masks hold. Tokens are packed only where no
  /// output can show the difference.
  exact,
  /// The caller promises that masks are 0 or 1 and that hidden positions interest nobody. In outputs whose rows are
  /// those of a mask (row_masks.h) they may become zero, and so does a row whose mask hides everything.
  dropped,
};

/// What passes are given beside the network.
struct PassContext {
  const ir::Evaluator* evaluator = nullptr;
  /// What encoder ops store: f32, or bf16 with accumulation in FP32.
  DType storage = DType::f32;
  Padding padding = Padding::exact;
  /// What runs the network; null: nobody is asked (legalise does nothing, channels_last takes all windows).
  const Target* target = nullptr;
  /// One line a rewrite; written to the log at verbose level and kept in the plan's build record.
  std::function<void(std::string)> report = [](std::string) {};
};

/// A rewrite with a name. Returns how many rewrites it made; the network computes the same before and after.
struct Pass {
  std::string_view name;
  int (*run)(ir::Network& network, const PassContext& context);
};

/// All passes in the order in which they run (pipeline.cpp).
const std::vector<Pass>& pipeline();

struct PipelineOptions {
  /// "-fuse_qkv,-fuse_gelu": passes to leave out, joined with the knob LATHE_PASSES. Error(invalid_argument) for a
  /// name that is no pass.
  std::string switches;
  /// A folder that gets the printed network after each pass that changed it; empty: none.
  std::string dump_folder;
};

struct PassRecord {
  std::string name;
  int rewrites = 0;
  double milliseconds = 0;
  std::vector<std::string> reports;
};

/// Runs the pipeline: names, times, verifies and dumps each pass, and logs at verbose level what it merged.
std::vector<PassRecord> run_pipeline(ir::Network& network, const PassContext& context, const PipelineOptions& options);

}  // namespace lathe::passes
