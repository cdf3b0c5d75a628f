#include "compiler/compile.h"

#include <algorithm>

#include "backends/cost.h"
#include "backends/tactic.h"
#include "base/error.h"
#include "base/log.h"
#include "base/version.h"
#include "compiler/blocks.h"
#include "compiler/lower.h"
#include "compiler/machine_target.h"
#include "compiler/reference_evaluator.h"
#include "compiler/sizes.h"
#include "passes/pass.h"

namespace lathe::compiler {

Precision resolve(Precision wanted) {
  bool able = active_features().has(Feature::avx512_bf16);
  if (wanted == Precision::best) return able ? Precision::bf16 : Precision::fp32;
  if (wanted == Precision::bf16 && !able)
    fail(ErrorCode::unsupported_machine, "precision bf16", "use --precision fp32 or best",
         "this machine multiplies no bf16 (it has {}, bf16 needs avx512_bf16 or amx_bf16)",
         to_string(name_of(active_features())));
  return wanted;
}

namespace {

/// The reference computes an element at a time on one thread: whoever waits for such steps should know why.
void warn_of_reference(const plan::Plan& plan) {
  constexpr size_t kNamed = 3;
  std::vector<std::string> names;
  plan::for_each_step(plan.steps, [&](const plan::Step& step) {
    if (step.estimate_us >= backends::kLastResort) names.push_back(fmt::format("{} ({})", step.name, step.op.name()));
  });
  if (names.empty()) return;
  const size_t more = names.size() - std::min(names.size(), kNamed);
  names.resize(names.size() - more);
  log(LogLevel::warning, "{}: no kernel takes {}{}; slow reference steps do", plan.name, fmt::join(names, ", "),
      more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

std::vector<passes::PassRecord> optimise(ir::Network& network, const passes::PassContext& context,
                                         const passes::Target* of_blocks, const passes::PipelineOptions& options) {
  std::vector<passes::PassRecord> records = passes::run_pipeline(network, context, options);
  // Blocks have no batch of texts of their own: what is packed and selected, or the first that counts, is the
  // network's.
  passes::PassContext within = context;
  within.target = of_blocks;
  optimise_blocks(network, [&](ir::Network& block) {
    for (passes::PassRecord& record :
         passes::run_pipeline(block, within, {options.switches + ",-first_tokens,-pack_tokens,-select_rows", {}}))
      if (record.rewrites > 0) records.push_back(std::move(record));
  });
  return records;
}

plan::Plan compile(ir::Network network, const CompileOptions& options) {
  Precision precision = resolve(options.precision);
  auto progress = [&](std::string_view stage, double fraction) {
    if (options.progress) options.progress(stage, fraction);
  };
  progress("optimise", 0);
  check_counts(network);
  passes::PassContext context;
  context.evaluator = &reference_evaluator();
  context.storage = precision == Precision::bf16 ? DType::bf16 : DType::f32;
  context.padding = options.padding;
  const backends::Machine machine = backends::this_machine(ThreadPool::default_threads());
  const MachineTarget target(machine, options.profiles, options.placement.devices);
  context.target = &target;
  // Blocks run on the host.
  const std::vector<std::string> host = {std::string(backends::kHost)};
  const MachineTarget host_target(machine, options.profiles, host);
  const std::vector<passes::PassRecord> records =
      optimise(network, context, &host_target, {options.pass_switches, options.dump_folder});
  progress("choose and pack", 0);
  plan::Plan plan = lower(
      std::move(network), options.profiles, machine, options.placement,
      [&](double fraction) { progress("choose and pack", fraction); }, options.packs);
  set_port_formats(plan, options.ports, machine);
  plan.lathe_version = kVersion;
  // With the pass switched off, the plan is fp32 whatever was asked for.
  const bool narrow = std::any_of(records.begin(), records.end(), [](const passes::PassRecord& record) {
    return record.name == "assign_precision" && record.rewrites > 0;
  });
  plan.precision = narrow ? "bf16" : "fp32";
  for (const passes::PassRecord& record : records)
    if (record.rewrites > 0 || !record.reports.empty())
      plan.passes.push_back({record.name, record.rewrites, record.reports});
  if (!options.packs) return plan;
  plan::validate(plan, plan.name);
  warn_of_reference(plan);
  log(LogLevel::info, "{}: {} steps, {} weights, {}, {}", plan.name, plan.steps.size(), plan.weights.size(),
      plan.precision, name_of(plan.features));
  return plan;
}

}  // namespace lathe::compiler
