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

struct Flags {
  TaskFlags task;
  InputFlags input;
  TagOptions tag;
  std::string aggregation = "simple";
  bool json = false;
};

Json json_of(const std::vector<Entity>& entities, bool tokens) {
  Json list = Json::array();
  for (const Entity& e : entities)
    list.push_back(
        tokens
            ? Json{{"entity", e.label},
                   {"score", e.score},
                   {"index", e.index},
                   {"word", e.word},
                   {"start", e.start},
                   {"end", e.end}}
            : Json{
                  {"entity_group", e.label}, {"score", e.score}, {"word", e.word}, {"start", e.start}, {"end", e.end}});
  return list;
}

std::string table_of(const std::vector<Entity>& entities) {
  using enum Table::Align;
  Table table({right, left, left, right});
  for (const Entity& e : entities)
    table.row({fmt::format("{:.4f}", e.score), e.label, e.word, fmt::format("{}-{}", e.start, e.end)});
  return entities.empty() ? "  (none)\n" : table.str(2);
}

int run(const Flags& flags) {
  TagOptions how = flags.tag;
  how.aggregation = parse_aggregation(flags.aggregation);
  Inputs inputs(flags.input, Pairs::none, "lathe tag --model DIR \"Some text.\"");
  const Tagger tag(open_model(flags.task), task_options(flags.task));
  Output output;
  std::vector<std::vector<Entity>> results;
  const auto title = [](const TextInput& input) { return shortened(input.text, kTitleLength) + "\n"; };
  return answer_all(
      inputs, output,
      {"tagging",
       [&](std::span<const TextInput> texts, TaskReport& report) { results = tag(texts_only(texts), how, &report); },
       [&](const TextInput& input, size_t i) {
         if (flags.json) return output.line(dump(json_of(results[i], how.aggregation == Aggregation::none)));
         output.write(title(input) + table_of(results[i]));
       },
       [&](const TextInput& input, const Error& why) {
         flags.json ? output.line("null") : output.write(title(input) + "  " + refused_words(why) + "\n");
       }});
}

}  // namespace

void add_tag(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "tag", "Find the entities in texts");
  flags->task.needs = "one with labels for tokens";
  add_input_options(command, flags->input, "TEXT", Pairs::none);
  command.choice("--aggregation", flags->aggregation, {"none", "simple", "first", "average", "max"}, "HOW",
                 "How tokens become entities");
  command.list("--ignore", flags->tag.ignore_labels, ',', "LABEL,...", "Labels to leave out");
  command.number("--stride", flags->tag.stride, 0, 100000, "N",
                 "Read long texts in windows that share N tokens instead of cutting them");
  command.flag("--json", flags->json, "Print a line of JSON a text: transformers' list of entities");
  add_task_options(command, flags->task);
  command.footer(
      "Prints each text, and below it score, label, words and place (in Unicode code points) of its entities.\n"
      "Aggregations are transformers': none gives tokens, simple joins neighbours of one label; first, average and "
      "max\n"
      "first give each word one label. A text that cannot be answered keeps its place (null with --json), and the\n"
      "status is 1.\n\n"
      "Examples:\n"
      "  lathe tag --model bert-ner \"Ada Lovelace lived in London.\"\n"
      "  lathe tag --model bert-ner --aggregation first --json < lines.txt");
  command.runs([flags] { return run(*flags); });
}

}  // namespace lathe::cli
