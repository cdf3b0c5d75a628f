#include <fmt/format.h>

#include <map>
#include <memory>

#include "cli/bench_case.h"
#include "cli/command.h"
#include "cli/layers_view.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/plan_view.h"
#include "lathe/engine.h"

namespace lathe::cli {
namespace {

struct Flags {
  ModelOptions model;
  std::string shape;
  bool json = false, ops = false, layers = false;
};

using enum Table::Align;

std::string port_line(const TensorInfo& info) {
  return fmt::format("{} {} [{}]{}{}", info.name, to_string(info.dtype), fmt::join(info.shape, ", "),
                     info.format.is_dense() ? "" : " " + to_string(info.format),
                     info.on_demand  ? " on demand"
                     : info.optional ? " optional"
                                     : "");
}

/// Of one profile.
std::string limits_line(const Json& profile) {
  std::vector<std::string> words;
  constexpr int64_t kAny = int64_t{1} << 20;  // what a build writes where no limit was asked for
  for (const auto& [symbol, extent] : profile.items())
    if (extent.at("max").get<int64_t>() < kAny)
      words.push_back(fmt::format("{} {} to {}, tuned for {}", symbol, extent.at("min").get<int64_t>(),
                                  extent.at("max").get<int64_t>(), extent.at("opt").get<int64_t>()));
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, "; "));
}

/// Steps in order; --ops adds the names in the model that each came from.
std::string step_table(const PlanView& view, bool with_origins) {
  Table table({right, left, left, left, left, left, right});
  table.row({"#", "step", "op", "tactic", "type", "shape", "us"});
  for (size_t i = 0; i < view.steps.size(); ++i) {
    const StepView& s = view.steps[i];
    table.row({std::to_string(i), std::string(2 * static_cast<size_t>(s.depth), ' ') + s.name,
               s.detail.empty() ? s.op : s.op + " " + s.detail, s.tactic, s.type, s.shape,
               fmt::format("{:.0f}", s.estimate_us)});
    if (!with_origins) continue;
    for (const std::string& origin : s.origins) table.row({"", "  from " + origin, "", "", "", "", ""});
  }
  return table.str();
}

std::string refused_table(const PlanView& view) {
  std::map<std::pair<std::string, std::string>, int> counts;
  for (const StepView& step : view.steps)
    for (const auto& refused : step.refused) ++counts[refused];
  Table table({left, left, right});
  table.row({"tactic not taken", "reason", "steps"});
  for (const auto& [refused, count] : counts) table.row({refused.first, refused.second, std::to_string(count)});
  return counts.empty() ? std::string() : "\n" + table.str();
}

/// The memory that activations share for a batch of this shape.
size_t arena_of(const PlanView& view, const Engine& engine, const std::string& shape, int threads) {
  const CaseSpec spec = parse_case(shape, "--memory");
  check_lengths(spec, most_tokens(view, engine));
  BenchCase one(spec, engine, {threads, false}, bench_outputs(engine, "", spec), bench_inputs(engine, spec, 1));
  return one.context().arena_bytes();
}

/// The network before any pass, for which nothing is built.
void show_layers(const Flags& flags) {
  const Network network = read_network(flags.model);
  Output output;
  if (flags.json)
    output.line(dump(layers_json(network)));
  else
    print_layers(output, network);
  output.flush();
}

void run(const Flags& flags) {
  if (flags.layers) return show_layers(flags);
  const Plan plan = open_model(flags.model);
  PlanView view(plan);
  const Engine engine(plan);
  const size_t arena = flags.shape.empty() ? 0 : arena_of(view, engine, flags.shape, flags.model.threads);
  Output output;
  if (flags.json) {
    view.json["memory"] = {{"weight_bytes", plan.weight_bytes()}};
    if (arena > 0) view.json["memory"]["arena_bytes"] = {{flags.shape, arena}};
    output.line(view.json.dump(1, ' ', false, Json::error_handler_t::replace));
    output.flush();
    return;
  }
  Table head({left, left});
  head.row({"model", view.architecture.empty() ? view.name : view.architecture});
  head.row({"built", fmt::format("{} for {}, Lathe {}", view.precision, view.isa, view.version)});
  head.row({"weights",
            fmt::format("{} in {} tensors", human_bytes(static_cast<double>(plan.weight_bytes())), view.weights)});
  if (arena > 0) head.row({"arena", fmt::format("{} for {}", human_bytes(static_cast<double>(arena)), flags.shape)});
  for (const Json& profile : view.json.at("profiles")) head.row({"limits", limits_line(profile)});
  for (const TensorInfo& info : engine.inputs()) head.row({"input", port_line(info)});
  for (const TensorInfo& info : engine.outputs()) head.row({"output", port_line(info)});
  for (const std::string& line : pass_lines(view)) head.row({"pass", line});
  for (const std::string& line : split_lines(view)) head.row({"split", line});
  for (const StepView& step : view.steps)
    if (step.tactic.starts_with("reference."))
      head.row({"slow", fmt::format("{}: no kernel takes it, the reference does", step.name)});
  output.write(head.str());
  output.line("");
  output.write(step_table(view, flags.ops));
  output.write(refused_table(view));
  output.flush();
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "inspect", "Show a plan: steps, tactics, shapes, memory, what was refused");
  add_model_options(command, flags->model, true);
  add_onnx_options(command, flags->model.onnx);
  command.flag("--json", flags->json, "Print all of it as JSON");
  command.flag("--ops", flags->ops, "Name the model's own ops that each step came from");
  command.flag("--layers", flags->layers, "Show the layers and tensors of the model itself, before it is built");
  command.text("--memory", flags->shape, "NxT", "Show the memory that a batch of this shape takes");
  command.footer(
      "us: what the cost model expects of a step at the length that the plan is tuned for.\n\n"
      "Examples:\n"
      "  lathe inspect bert.plan --memory 8x128\n"
      "  lathe inspect bert.plan --ops\n"
      "  lathe inspect model.onnx --layers");
  command.runs([flags] {
    run(*flags);
    return 0;
  });
}

}  // namespace lathe::cli
