#include "cli/plan_view.h"
#include "base/cpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/cpu.h"
#include "lathe/format.h"

namespace lathe::cli {
namespace {

std::vector<Dim> dims_of(const Json& tensor) {
  std::vector<Dim> dims;
  for (const Json& d : tensor.at("shape")) dims.push_back(Dim::parse(d.get<std::string>()));
  return dims;
}

Format format_of(const Json& tensor) {
  Format format;
  if (!tensor.contains("format")) return format;
  const Json& o = tensor["format"];
  for (const Json& d : o.value("order", Json::array())) format.order.push_back(d.get<int64_t>());
  format.axis = o.value("axis", 0);
  format.block = o.value("block", int64_t{1});
  return format;
}

StepView step_of(const Json& step, const Json& tensors) {
  StepView view;
  view.name = step.at("name").get<std::string>();
  view.tactic = step.at("tactic").get<std::string>();
  view.estimate_us = step.at("estimate_us").get<double>();
  const Json& op = step.at("op");
  view.op = op.at("op").get<std::string>();
  for (const char* key : {"epilogue", "mode", "kind"})
    if (op.contains(key) && op[key].is_string()) view.detail = op[key].get<std::string>();
  for (const Json& rival : step.at("rivals"))
    view.refused.emplace_back(rival.at("tactic").get<std::string>(), rival.at("reason").get<std::string>());
  if (!step.at("inputs").empty()) view.input_shape = dims_of(tensors.at(step["inputs"][0].get<size_t>()));
  const Json& out = tensors.at(step.at("outputs").at(0).get<size_t>());
  view.output_shape = dims_of(out);
  view.type = out.at("type").get<std::string>();
  view.origins = step.at("origins").get<std::vector<std::string>>();
  std::vector<std::string> words;
  for (const Json& d : out.at("shape")) words.push_back(d.get<std::string>());
  view.shape = fmt::format("[{}]", fmt::join(words, ", "));
  if (const Format format = format_of(out); !format.is_dense()) view.shape += " " + to_string(format);
  return view;
}

/// Steps in order, those of blocks behind the one that runs them.
void add_steps(const Json& steps, const Json& tensors, int depth, std::vector<StepView>& views) {
  for (const Json& step : steps) {
    views.push_back(step_of(step, tensors));
    views.back().depth = depth;
    if (step.contains("blocks"))
      for (const Json& block : step["blocks"]) add_steps(block.at("steps"), tensors, depth + 1, views);
  }
}

}  // namespace

PlanView::PlanView(const Plan& plan) : json(Json::parse(plan.json())) {
  name = json.at("name").get<std::string>();
  isa = name_of(json.at("features").get<std::vector<std::string>>());
  precision = json.at("precision").get<std::string>();
  version = json.at("lathe").get<std::string>();
  const Json model = Json::parse(plan.model_json(), nullptr, false);
  if (model.is_object()) architecture = model.value("architecture", "");
  weights = json.at("weights").size();
  add_steps(json.at("steps"), json.at("tensors"), 0, steps);
}

const StepView* PlanView::find(const std::string& step) const {
  auto found = std::find_if(steps.begin(), steps.end(), [&](const StepView& s) { return s.name == step; });
  return found == steps.end() ? nullptr : &*found;
}

double flops(const StepView& step, const std::vector<int64_t>& lengths) {
  const int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  const auto value = [&](std::string_view symbol) -> int64_t {
    if (symbol == "batch") return static_cast<int64_t>(lengths.size());
    if (symbol == "seq") return lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end());
    return tokens;
  };
  double elements = 1;
  for (const Dim& d : step.output_shape) elements *= static_cast<double>(d.evaluate(value));
  if (step.input_shape.empty() || step.output_shape.empty()) return 0;
  if (step.op == "linear" || step.op == "matmul")
    return 2 * elements * static_cast<double>(step.input_shape.back().evaluate(value));
  if (step.op != "attention") return 0;
  const auto width = static_cast<double>(step.output_shape.back().evaluate(value));
  if (step.output_shape.size() != 2) return 4 * elements * static_cast<double>(value("seq"));
  double pairs = 0;
  for (int64_t n : lengths) pairs += static_cast<double>(n) * static_cast<double>(n);
  return 4 * pairs * width;
}

std::vector<std::string> pass_lines(const PlanView& view) {
  constexpr size_t kWidth = 90;
  std::vector<std::string> lines;
  for (const Json& pass : view.json.at("passes")) {
    if (pass.at("rewrites") == 0) continue;  // it only says why it did nothing
    const std::string word = fmt::format("{} {}", pass.at("pass").get<std::string>(), pass.at("rewrites").get<int>());
    if (lines.empty() || lines.back().size() + word.size() > kWidth)
      lines.push_back(word);
    else
      lines.back() += ", " + word;
  }
  return lines;
}

std::vector<std::string> split_lines(const PlanView& view) {
  std::vector<std::string> lines;
  for (const Json& pass : view.json.at("passes"))
    if (pass.at("pass") == "legalise")
      for (const Json& report : pass.at("reports")) lines.push_back(report.get<std::string>());
  return lines;
}

std::map<std::string, int> tactic_counts(const PlanView& view) {
  std::map<std::string, int> counts;
  for (const StepView& step : view.steps) ++counts[step.tactic];
  return counts;
}

}  // namespace lathe::cli
