#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/stream.h"
#include "cli/usage.h"
#include "lathe/tokenizer.h"

namespace lathe::cli {
namespace {

struct Flags {
  ModelOptions model;
  InputFlags input;
  EncodeOptions encode;
  std::string truncation = "longest_first";
  bool json = false, no_special_tokens = false, windows = false;
};

Tokenizer open_tokenizer(const ModelOptions& options) {
  const std::string path = model_path(options);
  if (!Plan::is_plan(path)) return Tokenizer::from_folder(path);
  const Plan plan = Plan::load(path);
  if (plan.tokenizer_json().empty())
    fail(ErrorCode::unsupported, path, "name the model folder, or build the plan from one with tokenizer.json",
         "the plan has no tokenizer");
  return Tokenizer::from_json(plan.tokenizer_json());
}

Json json_of(const Tokenizer& tokenizer, const Encoding& encoding) {
  Json tokens = Json::array(), offsets = Json::array();
  for (size_t t = 0; t < encoding.size(); ++t) {
    tokens.push_back(std::string(tokenizer.id_to_token(encoding.ids[t])));
    offsets.push_back({encoding.offsets[t].first, encoding.offsets[t].second});
  }
  return {{"ids", encoding.ids},
          {"tokens", tokens},
          {"offsets", offsets},
          {"type_ids", encoding.type_ids},
          {"special_tokens_mask", encoding.special_tokens_mask}};
}

std::string table_of(const Tokenizer& tokenizer, const Encoding& encoding) {
  using enum Table::Align;
  Table table({right, left, right});
  for (size_t t = 0; t < encoding.size(); ++t)
    table.row({std::to_string(encoding.ids[t]), std::string(tokenizer.id_to_token(encoding.ids[t])),
               fmt::format("{}-{}", encoding.offsets[t].first, encoding.offsets[t].second)});
  return table.str();
}

std::vector<Encoding> encode(const Tokenizer& tokenizer, const TextInput& input, const EncodeOptions& how,
                             bool windows) {
  if (windows)
    return input.pair ? tokenizer.encode_windows(input.text, *input.pair, how)
                      : tokenizer.encode_windows(input.text, how);
  return {input.pair ? tokenizer.encode(input.text, *input.pair, how) : tokenizer.encode(input.text, how)};
}

std::string json_of(const Tokenizer& tokenizer, const std::vector<Encoding>& encodings, bool windows) {
  if (!windows) return dump(json_of(tokenizer, encodings[0]));
  Json list = Json::array();
  for (const Encoding& encoding : encodings) list.push_back(json_of(tokenizer, encoding));
  return dump(list);
}

int run(const Flags& flags) {
  Inputs inputs(flags.input, Pairs::allowed, "lathe tokenize \"Some text.\"");
  const Tokenizer tokenizer = open_tokenizer(flags.model);
  EncodeOptions how = flags.encode;
  how.add_special_tokens = !flags.no_special_tokens;
  how.truncation = flags.truncation == "only_first"    ? Truncation::only_first
                   : flags.truncation == "only_second" ? Truncation::only_second
                                                       : Truncation::longest_first;
  Output output;
  std::vector<std::vector<Encoding>> results;
  bool first = true;
  const auto print = [&](const std::string& block) {
    output.write((first ? "" : "\n") + block);
    first = false;
  };
  return answer_all(inputs, output,
                    {"tokenizing",
                     [&](std::span<const TextInput> texts, TaskReport& report) {
                       results.assign(texts.size(), {});
                       for (size_t i = 0; i < texts.size(); ++i) try {
                           results[i] = encode(tokenizer, texts[i], how, flags.windows);
                         } catch (const Error& why) {
                           report.refused.push_back({i, why});
                         }
                     },
                     [&](const TextInput&, size_t i) {
                       if (flags.json) return output.line(json_of(tokenizer, results[i], flags.windows));
                       for (const Encoding& encoding : results[i]) print(table_of(tokenizer, encoding));
                     },
                     [&](const TextInput&, const Error& why) {
                       flags.json ? output.line("null") : print(refused_words(why) + "\n");
                     }});
}

}  // namespace

void add_tokenize(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "tokenize", "Show the tokens of texts");
  add_input_options(command, flags->input, "TEXT", Pairs::allowed);
  EncodeOptions& encode = flags->encode;
  constexpr int64_t kMost = int64_t{1} << 30;
  command.text("--model,-m", flags->model.model, "DIR|PLAN", "Model folder or plan; default: the built-in model");
  command.flag("--json", flags->json,
               "Print {\"ids\", \"tokens\", \"offsets\", ...} a line; with --windows a list of them");
  command.number("--max-length", encode.max_length, 1, kMost, "N", "Cut to this many tokens, special ones included");
  command.choice("--truncation", flags->truncation, {"longest_first", "only_first", "only_second"}, "HOW",
                 "Which of a pair is cut");
  command.flag("--windows", flags->windows, "The whole text in as many windows of --max-length as it takes");
  command.number("--stride", encode.stride, 0, kMost, "N", "Tokens that neighbouring windows share");
  command.flag("--no-special-tokens", flags->no_special_tokens, "Leave [CLS] and [SEP] out");
  command.flag("--replace-invalid", encode.replace_invalid, "Read invalid UTF-8 as U+FFFD instead of refusing it");
  command.footer(
      "Prints id, token and place (in Unicode code points) of each token, an empty line between texts. A text that\n"
      "cannot be read keeps its place (null with --json), and the status is 1.\n\n"
      "Examples:\n"
      "  lathe tokenize \"Unbelievable!\"\n"
      "  lathe tokenize --model bert-base-uncased --json < lines.txt\n"
      "  echo '[\"a question\", \"a context\"]' | lathe tokenize --json-input --json");
  command.runs([flags] { return run(*flags); });
}

}  // namespace lathe::cli
