#include <fmt/format.h>

#include <algorithm>
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

struct Flags {
  TaskFlags task;
  InputFlags input;
  int top_k = 0;
  bool json = false;
};

Json json_of(const std::vector<Label>& labels) {
  Json list = Json::array();
  for (const Label& label : labels) list.push_back({{"label", label.label}, {"score", label.score}});
  return list;
}

std::string words_of(const std::vector<Label>& labels) {
  std::string words;
  for (const Label& label : labels)
    words += fmt::format("{}{} {:.4f}", words.empty() ? "" : ", ", label.label, label.score);
  return words;
}

int run(const Flags& flags) {
  Inputs inputs(flags.input, Pairs::allowed, "lathe classify --model DIR \"Some text.\"");
  const Classifier classify(open_model(flags.task), task_options(flags.task));
  Output output;
  std::vector<std::vector<Label>> results;
  size_t width = 0;  // of the labels: texts stand in one column, as far as the labels seen so far allow
  const auto print = [&](const std::string& words, const TextInput& input) {
    width = std::max(width, display_width(words));
    output.write(words + std::string(width - display_width(words) + 2, ' ') + shortened(input.text, kTitleLength));
    if (input.pair) output.write(" | " + shortened(*input.pair, kTitleLength));
    output.write("\n");
  };
  return answer_all(inputs, output,
                    {"classifying",
                     [&](std::span<const TextInput> texts, TaskReport& report) {
                       results = classify(texts, flags.top_k, &report);
                       if (flags.json) return;
                       for (const std::vector<Label>& labels : results)
                         width = std::max(width, display_width(words_of(labels)));
                     },
                     [&](const TextInput& input, size_t i) {
                       flags.json ? output.line(dump(json_of(results[i]))) : print(words_of(results[i]), input);
                     },
                     [&](const TextInput& input, const Error& why) {
                       flags.json ? output.line("null") : print(refused_words(why), input);
                     }});
}

}  // namespace

void add_classify(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "classify", "Label texts, or pairs of texts");
  flags->task.needs = "one with labels for texts";
  add_input_options(command, flags->input, "TEXT", Pairs::allowed);
  command.number("--top-k,-k", flags->top_k, 1, 1000000, "K", "Labels for each text; default: all");
  command.flag("--json", flags->json, "Print a line of JSON a text: transformers' list of labels and scores");
  add_task_options(command, flags->task);
  command.footer(
      "Needs a model with labels for texts (BertForSequenceClassification), or one for next-sentence prediction.\n"
      "Prints a line a text: its labels with their scores, then the text. A text that cannot be answered keeps its\n"
      "line (null with --json), and the status is 1.\n\n"
      "Examples:\n"
      "  lathe classify --model sentiment \"What a day!\"\n"
      "  lathe classify --model nli \"It rains.\" --pair \"The street is wet.\"\n"
      "  lathe classify --model nli --json-input --json < pairs.jsonl");
  command.runs([flags] { return run(*flags); });
}

}  // namespace lathe::cli
