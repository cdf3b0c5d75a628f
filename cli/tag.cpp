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
  TagOptions tag;
  std::string aggregation = "simple";
  bool json = false;
};

Json json_of(const Entity& e, bool tokens) {
  if (tokens)
    return {{"entity", e.label}, {"score", e.score}, {"index", e.index},
            {"word", e.word},    {"start", e.start}, {"end", e.end}};
  return {{"entity_group", e.label}, {"score", e.score}, {"word", e.word}, {"start", e.start}, {"end", e.end}};
}

void run(const Flags& flags) {
  TagOptions how = flags.tag;
  how.aggregation = parse_aggregation(flags.aggregation);
  Inputs inputs(flags.input, "lathe tag --model DIR \"Some text.\"");
  const Tagger tag(open_model(flags.task), task_options(flags.task));
  Output output;
  std::vector<TextInput> chunk = inputs.next();
  const bool single = inputs.single();
  JsonList list(output, single);
  for (bool first = true; !chunk.empty(); chunk = inputs.next()) {
    const std::vector<std::string> texts = texts_only(chunk, "tag");
    const std::vector<std::vector<Entity>> results = tag(texts, how);
    for (size_t i = 0; i < texts.size(); ++i) {
      Json entities = Json::array();
      using enum Table::Align;
      Table table({right, left, left, right});
      for (const Entity& e : results[i]) {
        entities.push_back(json_of(e, how.aggregation == Aggregation::none));
        table.row({fmt::format("{:.4f}", e.score), e.label, e.word, fmt::format("{}-{}", e.start, e.end)});
      }
      if (flags.json) {
        list.add(entities);
        continue;
      }
      if (!single) output.line((first ? "" : "\n") + texts[i]);
      output.write(table.str());
      first = false;
    }
    output.flush();
  }
  if (flags.json) list.end();
  output.flush();
}

}  // namespace

void add_tag(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("tag", "Find the entities in texts");
  add_input_options(*command, flags->input, "TEXT", false);
  command->add_option("--aggregation", flags->aggregation, "How tokens become entities")
      ->check(CLI::IsMember({"none", "simple", "first", "average", "max"}))
      ->type_name("HOW")
      ->capture_default_str();
  command->add_option("--ignore", flags->tag.ignore_labels, "Labels to leave out")
      ->delimiter(',')
      ->type_name("LABEL,...")
      ->capture_default_str();
  command
      ->add_option("--stride", flags->tag.stride,
                   "Read long texts in windows that share N tokens; default: cut them at the model's limit")
      ->check(in_range(0, 100000))
      ->type_name("N");
  command->add_flag("--json", flags->json, "Print JSON in the shape of transformers' token-classification pipeline");
  add_task_options(*command, flags->task);
  command->footer(
      "Prints score, label, words and place (in Unicode code points). Aggregations are transformers': none gives\n"
      "tokens, simple joins neighbours of one label; first, average and max first give each word one label.\n\n"
      "Examples:\n"
      "  lathe tag --model bert-ner \"Ada Lovelace lived in London.\"\n"
      "  lathe tag --model bert-ner --aggregation first --json < lines.txt");
  command->callback([&action, flags] { action = [flags] { run(*flags); }; });
}

}  // namespace lathe::cli
