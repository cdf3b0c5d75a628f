#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>

#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/plan_view.h"
#include "cli/usage.h"
#include "lathe/network.h"

namespace lathe::cli {
namespace {

using enum Table::Align;

struct Flags {
  ModelOptions model;
  bool all = false, json = false, ops = false;
};

void show_ops(bool as_json) {
  Output output;
  Json list = Json::array();
  Table table({left, left, left});
  table.row({"domain", "op", "limits"});
  for (const OnnxOp& op : onnx_ops()) {
    list.push_back({{"domain", op.domain}, {"op", op.name}, {"limits", op.limits}});
    table.row({op.domain.empty() ? "ai.onnx" : op.domain, op.name, op.limits});
  }
  output.write(as_json ? dump(list) + "\n" : table.str());
  output.flush();
}

/// What a node of the file became.
struct Fate {
  NodeReport node;
  std::vector<std::string> steps, tactics;  ///< none: nothing is left of it to run
  bool slow = false;                        ///< the reference runs some of it
  std::string str() const {
    if (!node.problem.empty()) return "refused: " + node.problem;
    if (steps.empty()) return "computed when the model is built";
    return fmt::format("{}{}", slow ? "slow: " : "", fmt::join(tactics, ", "));
  }
};

std::string op_of(const NodeReport& node) { return node.domain.empty() ? node.op : node.domain + "." + node.op; }

void add_steps(const PlanView& view, std::vector<Fate>& fates) {
  std::map<std::string, std::vector<Fate*>> by_name;
  for (Fate& fate : fates) by_name[fate.node.name].push_back(&fate);
  for (const StepView& step : view.steps)
    for (const std::string& origin : step.origins) {
      const auto found = by_name.find(origin);
      if (found == by_name.end()) continue;
      for (Fate* fate : found->second) {
        fate->steps.push_back(step.name);
        if (std::find(fate->tactics.begin(), fate->tactics.end(), step.tactic) == fate->tactics.end())
          fate->tactics.push_back(step.tactic);
        fate->slow = fate->slow || step.tactic.starts_with("reference.");
      }
    }
}

std::string table_of(const std::vector<Fate>& fates, bool all) {
  if (all) {
    Table table({left, left, left});
    table.row({"node", "op", "what becomes of it"});
    for (const Fate& fate : fates) table.row({fate.node.name, op_of(fate.node), fate.str()});
    return table.str();
  }
  std::map<std::pair<std::string, std::string>, int> counts;
  for (const Fate& fate : fates) ++counts[{op_of(fate.node), fate.str()}];
  Table table({left, right, left});
  table.row({"op", "nodes", "what becomes of them"});
  for (const auto& [key, count] : counts) table.row({key.first, std::to_string(count), key.second});
  return table.str();
}

/// The refused ones, each with the types it reads and the cure.
std::string refused_list(const std::vector<Fate>& fates) {
  std::string text;
  for (const Fate& fate : fates) {
    const NodeReport& n = fate.node;
    if (n.problem.empty()) continue;
    const std::string inputs = n.inputs.empty() ? "nothing" : fmt::format("{}", fmt::join(n.inputs, ", "));
    const std::string head = fmt::format("{}: {}, opset {}, on {}", n.name, op_of(n), n.opset, inputs);
    text += "\n" + printable(head) + "\n  " + printable(n.problem) + "\n";
    if (!n.cure.empty()) text += "  " + printable(n.cure) + "\n";
  }
  return text;
}

Json json_of(const std::vector<Fate>& fates) {
  Json list = Json::array();
  for (const Fate& fate : fates)
    list.push_back({{"node", fate.node.name},
                    {"op", fate.node.op},
                    {"domain", fate.node.domain},
                    {"opset", fate.node.opset},
                    {"inputs", fate.node.inputs},
                    {"problem", fate.node.problem},
                    {"cure", fate.node.cure},
                    {"steps", fate.steps},
                    {"tactics", fate.tactics}});
  return list;
}

int run(const Flags& flags) {
  if (flags.ops) {
    show_ops(flags.json);
    return 0;
  }
  const std::string path = model_path(flags.model);
  std::vector<Fate> fates;
  OnnxOptions read;
  read.report = [&](const NodeReport& node) { fates.push_back({node, {}, {}, false}); };
  const Source source = read_source(path, flags.model, read);
  size_t refused = 0, slow = 0;
  for (const Fate& fate : fates) refused += !fate.node.problem.empty();
  if (refused == 0) {
    const PlanView view(Json::parse(explain(source.network, source.options)));
    add_steps(view, fates);
    for (const StepView& step : view.steps) slow += step.tactic.starts_with("reference.");
  }
  Output output;
  if (flags.json) {
    output.line(dump(Json{{"model", path}, {"refused", refused}, {"slow_steps", slow}, {"nodes", json_of(fates)}}));
  } else {
    output.write(table_of(fates, flags.all));
    if (refused > 0)
      output.write(fmt::format("{}\n{} of {} nodes are refused\n", refused_list(fates), refused, fates.size()));
    else
      output.write(
          fmt::format("\n{} nodes, all taken; {} of the steps are slow ones, without a kernel\n", fates.size(), slow));
  }
  output.flush();
  return refused > 0 ? 1 : 0;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  flags->model.needs = "an ONNX file";
  Command command(app, action, "check", "Say what would become of each node of an ONNX file, without building it");
  add_model_options(command, flags->model, true);
  add_onnx_options(command, flags->model.onnx);
  command.flag("--all", flags->all, "A line a node; default: nodes of one op and fate together");
  command.flag("--ops", flags->ops, "List the ops of ONNX that Lathe reads");
  command.flag("--json", flags->json, "Print all of it as JSON");
  command.footer(
      "Reads the file to its end whatever is refused on the way, chooses kernels, and packs nothing. The status is 1\n"
      "where a node is refused: its line says why, and what can be done.\n\n"
      "Examples:\n"
      "  lathe check model.onnx\n"
      "  lathe check bert.onnx --drop-padding --all");
  command.runs([flags] { return run(*flags); });
}

}  // namespace lathe::cli
