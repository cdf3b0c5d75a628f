#include "cli/plan_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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
  const Json& out = tensors.at(step.at("outputs").at(0).get<size_t>());
  if (step.contains("flops")) view.flops = Dim::parse(step["flops"].get<std::string>());
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

PlanView::PlanView(const Plan& plan) : PlanView(Json::parse(plan.json())) {
  const Json model = Json::parse(plan.model_json(), nullptr, false);
  if (model.is_object()) architecture = model.value("architecture", "");
}

PlanView::PlanView(Json described) : json(std::move(described)) {
  name = json.at("name").get<std::string>();
  isa = name_of(json.at("features").get<std::vector<std::string>>());
  precision = json.at("precision").get<std::string>();
  version = json.at("lathe").get<std::string>();
  weights = json.at("weights").size();
  add_steps(json.at("steps"), json.at("tensors"), 0, steps);
  std::set<std::string> counted;
  for (const Json& symbol : json.at("symbols")) counted.insert(symbol.at("name").get<std::string>());
  for (StepView& step : steps)
    for (const std::string& symbol : step.flops.symbols()) step.counted = step.counted || counted.contains(symbol);
}

const StepView* PlanView::find(const std::string& step) const {
  auto found = std::find_if(steps.begin(), steps.end(), [&](const StepView& s) { return s.name == step; });
  return found == steps.end() ? nullptr : &*found;
}

Sizes PlanView::sizes(const std::vector<std::pair<std::string, Shape>>& inputs) const {
  Sizes known;
  const auto value = [&](std::string_view symbol) {
    const auto found = known.find(symbol);
    return found == known.end() ? int64_t{0} : found->second;
  };
  for (const Json& port : json.at("inputs")) {
    const auto bound = std::find_if(inputs.begin(), inputs.end(), [&](const auto& input) {
      return input.first == port.at("name").get<std::string>();
    });
    if (bound == inputs.end()) continue;
    const std::vector<Dim> dims = dims_of(json.at("tensors").at(port.at("tensor").get<size_t>()));
    for (size_t d = 0; d < dims.size(); ++d)
      for (const std::string& symbol : dims[d].symbols())
        if (int64_t size = 0; dims[d].solve(symbol, bound->second[static_cast<int>(d)], &size))
          known.try_emplace(symbol, size);
  }
  for (const Json& symbol : json.at("symbols"))
    known.try_emplace(symbol.at("name").get<std::string>(),
                      Dim::parse(symbol.at("bound").get<std::string>()).evaluate(value));
  return known;
}

double flops(const StepView& step, const BatchSizes& sizes) {
  const auto of = [&](const Sizes& known) {
    return static_cast<double>(step.flops.evaluate([&](std::string_view symbol) {
      const auto found = known.find(symbol);
      return found == known.end() ? int64_t{0} : found->second;
    }));
  };
  if (!step.counted) return of(sizes.whole);
  double sum = 0;
  for (const auto& [text, count] : sizes.texts) sum += of(text) * static_cast<double>(count);
  return sum;
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
