#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <iterator>
#include <memory>

#include "base/error.h"
#include "base/file.h"
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
  std::optional<std::string> context;
  std::string context_file;
  AnswerOptions answer;
  bool json = false, part_words = false;
};

/// --context, --context-file, or all of standard input.
std::string read_context(const Flags& flags) {
  constexpr size_t kMostBytes = size_t{64} << 20;
  if (flags.context) return *flags.context;
  if (flags.context_file.empty() && isatty(STDIN_FILENO) == 1)
    throw UsageError("there is no context: give --context TEXT, --context-file FILE, or standard input");
  if (flags.context_file.empty() || flags.context_file == "-") {
    std::string text;
    for (std::istreambuf_iterator<char> at(std::cin), end; at != end && text.size() <= kMostBytes; ++at) text += *at;
    if (text.size() > kMostBytes)
      fail(ErrorCode::out_of_range, "standard input", "give a shorter context", "it is larger than {} bytes",
           kMostBytes);
    return text;
  }
  need_file(flags.context_file, "expected a text file with the context");
  return read_text_file(flags.context_file, kMostBytes);
}

/// Questions share one context, unless each line brings its own.
void read_questions(Flags& flags) {
  const auto is_stdin = [](const std::string& file) { return file.empty() || file == "-"; };
  const bool has_context = flags.context || !flags.context_file.empty();
  if (flags.context && !flags.context_file.empty()) throw UsageError("--context and --context-file exclude each other");
  if (flags.input.json) {
    if (!flags.input.texts.empty())
      throw UsageError("questions on the command line and --json-input exclude each other");
    if (has_context) throw UsageError("with --json-input each line has its context: leave --context out");
    return;
  }
  if (flags.input.texts.empty() && is_stdin(flags.input.file) && !flags.context && is_stdin(flags.context_file))
    throw UsageError("there is no question: lathe answer \"Who?\" --context \"...\"");
  flags.input.pair = read_context(flags);
}

Json json_of(const std::vector<SpanAnswer>& answers) {
  Json list = Json::array();
  for (const SpanAnswer& a : answers)
    list.push_back({{"score", a.score}, {"start", a.start}, {"end", a.end}, {"answer", a.answer}});
  return list.size() == 1 ? Json(list[0]) : list;
}

std::string table_of(const std::vector<SpanAnswer>& answers) {
  using enum Table::Align;
  Table table({right, left, right});
  for (const SpanAnswer& a : answers)
    table.row({fmt::format("{:.4f}", a.score), a.answer.empty() ? "(no answer)" : shortened(a.answer, kTitleLength),
               fmt::format("{}-{}", a.start, a.end)});
  return answers.empty() ? "  (none)\n" : table.str(2);
}

int run(Flags& flags) {
  AnswerOptions how = flags.answer;
  how.whole_words = !flags.part_words;
  read_questions(flags);
  Inputs inputs(flags.input, Pairs::required, "lathe answer \"Who?\" --context \"...\"");
  const Answerer answer(open_model(flags.task), task_options(flags.task));
  Output output;
  std::vector<std::vector<SpanAnswer>> results;
  const auto title = [](const TextInput& input) { return shortened(input.text, kTitleLength) + "\n"; };
  return answer_all(inputs, output,
                    {"answering",
                     [&](std::span<const TextInput> texts, TaskReport& report) {
                       std::vector<Question> questions;
                       for (const TextInput& input : texts) questions.push_back({input.text, *input.pair});
                       results = answer(questions, how, &report);
                     },
                     [&](const TextInput& input, size_t i) {
                       flags.json ? output.line(dump(json_of(results[i])))
                                  : output.write(title(input) + table_of(results[i]));
                     },
                     [&](const TextInput& input, const Error& why) {
                       flags.json ? output.line("null") : output.write(title(input) + "  " + refused_words(why) + "\n");
                     }});
}

}  // namespace

void add_answer(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "answer", "Find the answer to a question in a text");
  flags->task.needs = "one that answers questions";
  add_input_options(command, flags->input, "QUESTION", Pairs::required);
  command.text("--context,-c", flags->context, "TEXT", "The text that holds the answer");
  command.text("--context-file", flags->context_file, "FILE", "A file with that text; default: standard input");
  AnswerOptions& how = flags->answer;
  constexpr int kMost = 100000;
  command.number("--top-k,-k", how.top_k, 1, kMost, "K", "Answers for each question");
  command.number("--max-answer-tokens", how.max_answer_tokens, 1, kMost, "N", "Longest answer");
  command.number("--max-length", how.max_length, 1, kMost, "N", "Tokens of question and context; default: up to 384");
  command.number("--stride", how.stride, 0, kMost, "N", "Tokens that windows of a long context share; default: 128");
  command.flag("--impossible", how.impossible, "Let \"no answer\" compete");
  command.flag("--part-words", flags->part_words, "Do not grow answers to whole words");
  command.flag("--json", flags->json,
               "Print a line of JSON a question: transformers' answer, or a list of them with --top-k");
  add_task_options(command, flags->task);
  command.footer(
      "Prints each question, and below it score, answer and its place in the context (in Unicode code points). A\n"
      "question that cannot be answered keeps its place (null with --json), and the status is 1.\n\n"
      "Examples:\n"
      "  lathe answer --model bert-squad \"Where is she?\" --context \"Ada is in London.\"\n"
      "  lathe answer --model bert-squad \"Who wrote it?\" --top-k 3 < article.txt\n"
      "  lathe answer --model bert-squad --context-file article.txt < questions.txt\n"
      "  echo '[\"Who?\", \"Ada did.\"]' | lathe answer --model bert-squad --json-input");
  command.runs([flags] { return run(*flags); });
}

}  // namespace lathe::cli
