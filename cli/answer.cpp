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
#include "cli/usage.h"
#include "lathe/tasks.h"

namespace lathe::cli {
namespace {

struct Flags {
  TaskFlags task;
  std::vector<std::string> questions;
  std::string context, context_file;
  AnswerOptions answer;
  bool json = false, json_input = false, part_words = false;
};

/// --context, --context-file, or all of standard input.
std::string read_context(const Flags& flags) {
  constexpr size_t kMostBytes = size_t{64} << 20;
  if (!flags.context.empty()) return flags.context;
  if (!flags.context_file.empty()) {
    need_file(flags.context_file, "expected a text file with the context");
    return read_text_file(flags.context_file, kMostBytes);
  }
  if (isatty(STDIN_FILENO) == 1)
    throw UsageError("there is no context: give --context TEXT, --context-file FILE, or standard input");
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

Json json_of(const SpanAnswer& a) {
  return {{"score", a.score}, {"start", a.start}, {"end", a.end}, {"answer", a.answer}};
}

void print(Output& output, const Flags& flags, JsonList& list, std::span<const Question> questions,
           const std::vector<std::vector<SpanAnswer>>& results, bool titles) {
  for (size_t i = 0; i < results.size(); ++i) {
    Json answers = Json::array();
    using enum Table::Align;
    Table table({right, left, right});
    for (const SpanAnswer& a : results[i]) {
      answers.push_back(json_of(a));
      table.row({fmt::format("{:.4f}", a.score), a.answer.empty() ? "(no answer)" : a.answer,
                 fmt::format("{}-{}", a.start, a.end)});
    }
    if (flags.json)
      list.add(answers.size() == 1 ? answers[0] : answers);
    else
      output.write((titles ? questions[i].question + "\n" : "") + table.str(titles ? 2 : 0));
  }
  output.flush();
}

void run(const Flags& flags) {
  AnswerOptions how = flags.answer;
  how.whole_words = !flags.part_words;
  InputFlags lines;
  lines.json = true;
  if (flags.json_input && !flags.questions.empty())
    throw UsageError("questions on the command line and --json-input exclude each other");
  if (!flags.json_input && flags.questions.empty())
    throw UsageError("there is no question: lathe answer \"Who?\" --context \"...\"");
  std::vector<Question> questions;
  if (!flags.json_input) {
    const std::string context = read_context(flags);
    for (const std::string& question : flags.questions) questions.push_back({question, context});
  }
  const Answerer answer(open_model(flags.task), task_options(flags.task));
  Output output;
  if (!flags.json_input) {
    JsonList list(output, questions.size() == 1);
    print(output, flags, list, questions, answer(questions, how), questions.size() > 1);
    if (flags.json) list.end();
    return output.flush();
  }
  Inputs inputs(lines, "echo '[\"Who?\", \"...\"]' | lathe answer --json-input");
  std::vector<TextInput> chunk = inputs.next();
  const bool single = inputs.single();
  JsonList list(output, single);
  for (; !chunk.empty(); chunk = inputs.next()) {
    questions.clear();
    for (const TextInput& input : chunk) {
      if (!input.pair)
        fail(ErrorCode::invalid_argument, "standard input", "write [\"a question\", \"a context\"]",
             "a line is one text alone");
      questions.push_back({input.text, *input.pair});
    }
    print(output, flags, list, questions, answer(questions, how), !single);
  }
  if (flags.json) list.end();
  output.flush();
}

}  // namespace

void add_answer(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("answer", "Find the answer to a question in a text");
  command->add_option("QUESTION", flags->questions, "Questions")->type_name("");
  command->add_option("--context,-c", flags->context, "The text that holds the answer")->type_name("TEXT");
  command->add_option("--context-file", flags->context_file, "A file with that text; default: standard input")
      ->type_name("FILE");
  command->add_flag("--json-input", flags->json_input, "Each line of standard input is [question, context]");
  const auto count = in_range(1, 100000);
  command->add_option("--top-k,-k", flags->answer.top_k, "Answers for each question")
      ->check(count)
      ->type_name("K")
      ->capture_default_str();
  command->add_option("--max-answer-tokens", flags->answer.max_answer_tokens, "Longest answer")
      ->check(count)
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--max-length", flags->answer.max_length, "Tokens of question and context; default: up to 384")
      ->check(count)
      ->type_name("N");
  command->add_option("--stride", flags->answer.stride, "Tokens that windows of a long context share; default: 128")
      ->check(in_range(0, 100000))
      ->type_name("N");
  command->add_flag("--impossible", flags->answer.impossible, "Let \"no answer\" compete");
  command->add_flag("--part-words", flags->part_words, "Do not grow answers to whole words");
  command->add_flag("--json", flags->json, "Print JSON in the shape of transformers' question-answering pipeline");
  add_task_options(*command, flags->task);
  command->footer(
      "Prints score, answer and its place in the context (in Unicode code points).\n\n"
      "Examples:\n"
      "  lathe answer --model bert-squad \"Where is she?\" --context \"Ada is in London.\"\n"
      "  lathe answer --model bert-squad \"Who wrote it?\" --top-k 3 < article.txt");
  command->callback([&action, flags] { action = [flags] { run(*flags); }; });
}

}  // namespace lathe::cli
