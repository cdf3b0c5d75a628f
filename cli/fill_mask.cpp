#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/stream.h"
#include "cli/usage.h"
#include "lathe/tasks.h"

namespace lathe::cli {
namespace {

using Answers = std::vector<FillMaskAnswer>;

struct Flags {
  TaskFlags task;
  InputFlags input;
  int top_k = 10;
  bool json = false;
};

Json json_of(const Answers& answers) {
  Json list = Json::array();
  for (const FillMaskAnswer& a : answers)
    list.push_back({{"score", a.score}, {"token", a.token}, {"token_str", a.token_str}, {"sequence", a.sequence}});
  return list;
}

/// transformers' shape: a list for a text with one mask, a list of lists for one with several.
Json json_of(const std::vector<Answers>& masks) {
  if (masks.size() == 1) return json_of(masks[0]);
  Json list = Json::array();
  for (const Answers& answers : masks) list.push_back(json_of(answers));
  return list;
}

std::string table_of(const std::vector<Answers>& masks) {
  std::string text;
  for (size_t m = 0; m < masks.size(); ++m) {
    if (masks.size() > 1) text += fmt::format("{}mask {}:\n", m == 0 ? "" : "\n", m + 1);
    Table table({Table::Align::right, Table::Align::left});
    for (const FillMaskAnswer& a : masks[m]) table.row({fmt::format("{:.4f}", a.score), a.sequence});
    text += table.str();
  }
  return text;
}

int run(const Flags& flags) {
  Inputs inputs(flags.input, Pairs::none, "lathe fill-mask \"Paris is the [MASK] of France.\"");
  const FillMask fill(open_model(flags.task), task_options(flags.task));
  Output output;
  std::vector<std::vector<Answers>> results;
  bool first = true;
  const auto print = [&](const std::string& block, const Json& answer) {
    if (flags.json) return output.line(dump(answer));
    output.write((first ? "" : "\n") + block);
    first = false;
  };
  return answer_all(inputs, output,
                    {"filling masks",
                     [&](std::span<const TextInput> texts, TaskReport& report) {
                       results = fill(texts_only(texts), flags.top_k, &report);
                     },
                     [&](const TextInput&, size_t i) { print(table_of(results[i]), json_of(results[i])); },
                     [&](const TextInput&, const Error& why) { print(refused_words(why) + "\n", nullptr); }});
}

}  // namespace

void add_fill_mask(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "fill-mask", "Fill in the [MASK] of texts");
  add_input_options(command, flags->input, "TEXT", Pairs::none);
  command.number("--top-k,-k", flags->top_k, 1, 1000000, "K", "Answers for each mask");
  command.flag("--json", flags->json, "Print a line of JSON a text: transformers' list of answers");
  add_task_options(command, flags->task);
  command.footer(
      "Prints the most probable completions with their probabilities, an empty line between texts. [mask] in any case\n"
      "will do. A text that cannot be answered keeps its place (null with --json), and the status is 1.\n\n"
      "Examples:\n"
      "  lathe fill-mask \"The capital of France, [MASK], contains the Eiffel Tower.\"\n"
      "  lathe fill-mask --model bert-base-uncased --top-k 3 --json < texts.txt\n"
      "  lathe fill-mask -- \"- [MASK] is the first item\"");
  command.runs([flags] { return run(*flags); });
}

}  // namespace lathe::cli
