#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "base/cpu.h"
#include "base/dtype.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "cli/bench_case.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/plan_view.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/usage.h"
#include "kernels/cpu/peak/peak.h"

namespace lathe::cli {
namespace {
using Clock = std::chrono::steady_clock;

struct Flags {
  ModelOptions model;
  std::vector<std::string> shapes, lengths;
  std::string output;
  double seconds = 5;
  int rounds = 0;
  bool json = false, interactive = false, profile = false;
};

struct Samples {
  std::vector<double> ms;
  double quantile(double q) {
    std::sort(ms.begin(), ms.end());
    const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(ms.size())));
    return ms[std::min(std::max<size_t>(rank, 1), ms.size()) - 1];
  }
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The steps that a run of this case walks through.
std::set<std::string> active_steps(const BenchCase& profiled) {
  std::set<std::string> names;
  for (const Context::StepTime& step : profiled.context().step_times()) names.insert(step.name);
  return names;
}

/// Answers "run CASE" with "CASE milliseconds", one run each, until "quit" or the end of the input.
void interact(std::vector<BenchCase>& cases) {
  Output output;
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    const std::string name = line.starts_with("run ") ? line.substr(4) : std::string();
    auto found = std::find_if(cases.begin(), cases.end(), [&](const BenchCase& c) { return c.name() == name; });
    if (found == cases.end())
      fail(ErrorCode::invalid_argument, "bench --interactive", "write 'run CASE' or 'quit'", "'{}' names no case",
           line);
    output.line(fmt::format("{} {:.6f}", name, found->run()));
    output.flush();
  }
}

struct Timing {
  std::vector<Samples> samples;
  double peak_gflops = 0;  ///< the median of what was measured between rounds
  int rounds = 0;
};

/// Rounds in which each case runs once, so that a change of the machine's speed meets all of them; the peak rate is
/// measured between rounds.
Timing time_cases(std::vector<BenchCase>& cases, const Flags& flags, int threads, bool bf16) {
  constexpr double kPeakEvery = 2;
  Timing timing;
  timing.samples.resize(cases.size());
  Samples peaks;
  defer_signals();  // an interrupt ends the rounds, and what was measured is printed
  for (BenchCase& c : cases) c.run(), c.run();
  const auto start = Clock::now();
  double next_peak = 0;
  for (const int least = flags.rounds > 0 ? flags.rounds : 5;; ++timing.rounds) {
    const double now = seconds_since(start);
    if (timing.rounds >= least && (flags.rounds > 0 || now > flags.seconds)) break;
    if (now >= next_peak) {
      const kernels::Peaks peak = kernels::measure_peaks(threads);
      peaks.ms.push_back(bf16 ? peak.bf16_gflops : peak.fp32_gflops);
      next_peak = seconds_since(start) + kPeakEvery;
    }
    for (size_t i = 0; i < cases.size() && !interrupted(); ++i) timing.samples[i].ms.push_back(cases[i].run());
    if (interrupted()) break;
    Progress::instance().show(
        fmt::format("bench: round {}, {:.1f} s of {:.0f}", timing.rounds + 1, now, flags.seconds));
  }
  Progress::instance().clear();
  if (interrupted()) {
    interrupt_noticed();
    say_warning(fmt::format("interrupted after {} rounds", timing.rounds));
  }
  timing.peak_gflops = peaks.quantile(0.5);
  return timing;
}

BatchSizes batch_sizes(const PlanView& view, const Engine& engine, const CaseSpec& spec) {
  BatchSizes sizes{view.sizes(input_shapes(engine, spec)), {}};
  std::map<int64_t, int64_t> counts;
  for (int64_t n : spec.lengths) ++counts[n];
  for (const auto& [length, count] : counts)
    sizes.texts.emplace_back(view.sizes(input_shapes(engine, {"", {length}, {{"", {1, length}}}})), count);
  return sizes;
}

void print_profile(Output& output, BenchCase& profiled, const PlanView& view, const BatchSizes& sizes) {
  constexpr int kRuns = 20;
  for (int i = 0; i < kRuns; ++i) profiled.run();
  double total = 0;
  for (const Context::StepTime& step : profiled.context().step_times()) total += step.total_us;
  using enum Table::Align;
  Table table({left, left, right, right, right});
  table.row({"step", "tactic", "us", "share", "GFLOP/s"});
  for (const Context::StepTime& step : profiled.context().step_times()) {
    const double us = step.total_us / static_cast<double>(step.runs);
    const StepView* known = view.find(step.name);
    const double work = known ? flops(*known, sizes) : 0;
    table.row({step.name, step.tactic, fmt::format("{:.1f}", us), fmt::format("{:.1f} %", 100 * step.total_us / total),
               work > 0 ? fmt::format("{:.0f}", work / us / 1e3) : ""});
  }
  output.line("\n" + profiled.name());
  output.write(table.str());
}

std::vector<CaseSpec> case_specs(const Flags& flags, const Engine& engine, int64_t max_seq) {
  std::vector<CaseSpec> cases;
  for (const std::string& shape : flags.shapes) cases.push_back(parse_case(shape));
  for (const std::string& file : flags.lengths) cases.push_back(read_lengths(file));
  const std::vector<TensorInfo> inputs = engine.inputs();
  const bool texts = std::any_of(inputs.begin(), inputs.end(), [](const TensorInfo& info) {
    return info.shape.size() == 2 && !is_float(info.dtype) && !info.optional;
  });
  if (cases.empty() && !texts) cases.push_back(single_case(engine));
  if (cases.empty())
    for (const char* shape : {"1x16", "1x128", "8x128"})
      if (max_seq <= 0 || parse_case(shape).lengths[0] <= max_seq) cases.push_back(parse_case(shape));
  for (const CaseSpec& c : cases) check_lengths(c, max_seq);
  return cases;
}

void run(const Flags& flags) {
  const std::string path = model_path(flags.model);
  const bool folder = std::filesystem::is_directory(path);
  const Plan plan =
      open_model(flags.model, folder && flags.output.empty() ? std::vector<std::string>{"last_hidden_state"}
                                                             : std::vector<std::string>{});
  const PlanView view(plan);
  const Engine engine(plan);
  const int64_t vocabulary = model_number(plan, "vocab_size", 0);
  const int threads = flags.model.threads > 0 ? flags.model.threads : ThreadPool::default_threads();
  std::vector<BenchCase> cases, profiled;
  std::vector<std::string> outputs;
  for (const CaseSpec& c : case_specs(flags, engine, most_tokens(view, engine))) {
    outputs = bench_outputs(engine, flags.output, c);
    const std::vector<HostTensor> tensors = bench_inputs(engine, c, vocabulary);
    cases.emplace_back(c, engine, ContextOptions{threads, false}, outputs, tensors);
    profiled.emplace_back(c, engine, ContextOptions{threads, true}, outputs, tensors);
  }
  if (flags.interactive) {
    profiled.clear();
    return interact(cases);
  }

  Timing timing = time_cases(cases, flags, threads, view.precision == "bf16");
  if (timing.rounds == 0) return;  // there is nothing to tell of
  Output output;
  Json report = {{"model", path},
                 {"precision", view.precision},
                 {"threads", threads},
                 {"cpu", cpu_info().brand},
                 {"isa", std::string(to_string(name_of(active_features())))},
                 {"outputs", outputs},
                 {"rounds", timing.rounds},
                 {"peak_gflops", timing.peak_gflops},
                 {"cases", Json::array()}};
  bool disturbed = false;
  using enum Table::Align;
  Table table({left, right, right, right, right, right, right, right});
  const bool texts =
      std::any_of(cases.begin(), cases.end(), [](const BenchCase& c) { return !c.spec().lengths.empty(); });
  const std::string rows = texts ? "texts" : "rows";
  table.row({"case", rows, texts ? "tokens" : "", "median ms", "min ms", "p99 ms", rows + "/s", "of peak"});
  for (size_t i = 0; i < cases.size(); ++i) {
    profiled[i].run();
    const std::set<std::string> active = active_steps(profiled[i]);
    const BatchSizes sizes = batch_sizes(view, engine, cases[i].spec());
    double work = 0;
    for (const StepView& step : view.steps)
      if (active.count(step.name)) work += flops(step, sizes);
    Samples& s = timing.samples[i];
    const double median = s.quantile(0.5), least = s.quantile(0), p99 = s.quantile(0.99);
    const auto count = static_cast<double>(cases[i].rows());
    const bool has_tokens = !cases[i].spec().lengths.empty();
    const double share = timing.peak_gflops > 0 ? work / (median * 1e6) / timing.peak_gflops : 0;
    disturbed = disturbed || share > 1;
    report["cases"].push_back({{"name", cases[i].name()},
                               {rows, cases[i].rows()},
                               {"tokens", cases[i].tokens()},
                               {"median_ms", median},
                               {"min_ms", least},
                               {"p99_ms", p99},
                               {rows + "_per_s", count / median * 1e3},
                               {"gflop", work / 1e9},
                               {"share_of_peak", share}});
    table.row({cases[i].name(), fmt::format("{:.0f}", count), has_tokens ? std::to_string(cases[i].tokens()) : "",
               fmt::format("{:.3f}", median), fmt::format("{:.3f}", least), fmt::format("{:.3f}", p99),
               fmt::format("{:.1f}", count / median * 1e3), fmt::format("{:.0f} %", share * 100)});
  }
  if (flags.json) {
    output.line(dump(report));
  } else {
    output.line(fmt::format("{}: {}, {} thread{}, {} ({}), peak {:.0f} GFLOP/s, {} rounds", path, view.precision,
                            threads, threads == 1 ? "" : "s", cpu_info().brand, to_string(name_of(active_features())),
                            timing.peak_gflops, timing.rounds));
    output.write(table.str());
    if (flags.profile)
      for (BenchCase& c : profiled) print_profile(output, c, view, batch_sizes(view, engine, c.spec()));
  }
  output.flush();
  if (disturbed) say_warning("shares above 100 % are those of a machine that others use: run it again when it is idle");
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "bench", "Time a model on batches of given shapes");
  add_model_options(command, flags->model, true);
  add_onnx_reading(command, flags->model.onnx);
  command.list("--shapes", flags->shapes, ',', "NxT,...",
               "Texts x tokens of each case (default: 1x16,1x128,8x128), or sizes of inputs: 8x3x224x224, "
               "ids=8x16+image=8x3x224x224");
  command.list("--lengths", flags->lengths, 0, "FILE",
               "A batch of mixed lengths: a file with the tokens of a text a line");
  command.text("--outputs", flags->output, "NAME",
               "The output to compute; default: last_hidden_state, else the class's");
  command.number("--seconds", flags->seconds, 0.0, 3600.0, "S", "Time to spend, at least 5 rounds");
  command.number("--rounds", flags->rounds, 1, 1000000, "N", "Rounds to run instead");
  command.flag("--profile", flags->profile, "Print the time of each step as well");
  command.flag("--json", flags->json, "Print JSON");
  command.flag("--interactive", flags->interactive, "Answer lines 'run CASE' with 'CASE milliseconds', until 'quit'");
  command.footer(
      "Cases take turns; inputs are random ids without padding, or random numbers. The machine's peak rate is measured "
      "in between.\n\n"
      "Examples:\n"
      "  lathe bench bert.plan --shapes 1x16,1x128 --threads 1\n"
      "  lathe bench bert-base-uncased --precision best --lengths lengths.txt --json\n"
      "  lathe bench bert.plan --shapes 8x128 --profile\n"
      "  lathe bench model.onnx --shapes 1x8,2x8 --drop-padding");
  command.runs([flags] {
    run(*flags);
    return 0;
  });
}

}  // namespace lathe::cli
