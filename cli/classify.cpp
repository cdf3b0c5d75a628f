#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/model.h"
#include "cli/output.h"
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

void run(const Flags& flags) {
  Inputs inputs(flags.input, "lathe classify --model DIR \"Some text.\"");
  const Classifier classify(open_model(flags.task), task_options(flags.task));
  Output output;
  std::vector<TextInput> chunk = inputs.next();
  const bool single = inputs.single();
  JsonList list(output, single);
  for (; !chunk.empty(); chunk = inputs.next()) {
    const std::vector<std::vector<Label>> results = classify(chunk, flags.top_k);
    using enum Table::Align;
    // One text: a line a label. Many: a line a text, its labels side by side.
    Table table({single ? right : left, left});
    for (size_t i = 0; i < results.size(); ++i) {
      Json labels = Json::array();
      std::string words;
      for (const Label& label : results[i]) {
        labels.push_back({{"label", label.label}, {"score", label.score}});
        if (single) table.row({fmt::format("{:.4f}", label.score), label.label});
        words += fmt::format("{}{} {:.4f}", words.empty() ? "" : ", ", label.label, label.score);
      }
      if (flags.json) list.add(labels);
      if (!single) table.row({words, chunk[i].text});
    }
    if (!flags.json) output.write(table.str());
    output.flush();
  }
  if (flags.json) list.end();
  output.flush();
}

}  // namespace

void add_classify(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("classify", "Label texts, or pairs of texts");
  add_input_options(*command, flags->input, "TEXT", true);
  command->add_option("--top-k,-k", flags->top_k, "Labels for each text; default: all")
      ->check(in_range(1, 1000000))
      ->type_name("K");
  command->add_flag("--json", flags->json, "Print JSON in the shape of transformers' text-classification pipeline");
  add_task_options(*command, flags->task);
  command->footer(
      "Needs a model with labels for texts (BertForSequenceClassification), or one for next-sentence prediction.\n\n"
      "Examples:\n"
      "  lathe classify --model sentiment \"What a day!\"\n"
      "  lathe classify --model nli \"It rains.\" --pair \"The street is wet.\"\n"
      "  lathe classify --model nli --json-input --json < pairs.jsonl");
  command->callback([&action, flags] { action = [flags] { run(*flags); }; });
}

}  // namespace lathe::cli
