#include "cli/inputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/model.h"
#include "cli/usage.h"

namespace lathe::cli {

void add_input_options(CLI::App& command, InputFlags& flags, const std::string& noun, bool pairs) {
  command.add_option(noun, flags.texts, "Texts; none: one a line from standard input");
  if (pairs) command.add_option("--pair", flags.pair, "A second text, read as a pair with TEXT")->type_name("TEXT2");
  command.add_option("--file,-f", flags.file, "Read the lines of this file (-: standard input)")->type_name("FILE");
  command.add_flag("--json-input", flags.json,
                   pairs ? "Each line is a JSON string, or [text, text2] for a pair" : "Each line is a JSON string");
}

Inputs::Inputs(const InputFlags& flags, std::string_view example) : flags_(flags) {
  if (!flags.texts.empty()) {
    if (!flags.file.empty()) throw UsageError("texts on the command line and --file exclude each other");
    return;
  }
  if (!flags.pair.empty()) throw UsageError("--pair needs the first text on the command line");
  if (!flags.file.empty() && flags.file != "-") {
    need_file(flags.file, "expected a file with a text a line");
    file_.open(flags.file, std::ios::binary);
    if (!file_) fail(ErrorCode::io, flags.file, {}, "the file cannot be read");
    stream_ = &file_;
    where_ = flags.file;
    return;
  }
  if (flags.file.empty() && isatty(STDIN_FILENO) == 1)
    throw UsageError(fmt::format("there is no text: give it as an argument ({}), or lines on standard input", example));
  std::ios::sync_with_stdio(false);
  stream_ = &std::cin;
  where_ = "standard input";
}

bool Inputs::read_line(TextInput& input) {
  std::string line;
  if (!std::getline(*stream_, line)) {
    if (stream_->bad()) fail(ErrorCode::io, where_, {}, "reading failed after line {}", lines_);
    return false;
  }
  ++lines_;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (!flags_.json) {
    input = {std::move(line), {}};
    return true;
  }
  const nlohmann::json value = nlohmann::json::parse(line, nullptr, false);
  const bool pair = value.is_array() && value.size() == 2 && value[0].is_string() && value[1].is_string();
  if (pair)
    input = {value[0].get<std::string>(), value[1].get<std::string>()};
  else if (value.is_string())
    input = {value.get<std::string>(), {}};
  else
    fail(ErrorCode::invalid_argument, fmt::format("{}, line {}", where_, lines_),
         "write \"a text\" or [\"a text\", \"a second text\"]", "it is neither a JSON string nor an array of two");
  return true;
}

std::vector<TextInput> Inputs::next() {
  constexpr size_t kMostTexts = 2048, kMostBytes = size_t{4} << 20;
  std::vector<TextInput> chunk;
  if (stream_ == nullptr) {
    if (given_ > 0) return chunk;
    for (const std::string& text : flags_.texts)
      chunk.push_back({text, flags_.pair.empty() ? std::nullopt : std::optional(flags_.pair)});
  } else {
    TextInput input;
    for (size_t bytes = 0; chunk.size() < kMostTexts && bytes < kMostBytes && read_line(input);) {
      bytes += input.text.size() + (input.pair ? input.pair->size() : 0);
      chunk.push_back(std::move(input));
    }
  }
  given_ += chunk.size();
  return chunk;
}

bool Inputs::single() {
  return given_ == 1 && (stream_ == nullptr || stream_->eof() || stream_->peek() == std::istream::traits_type::eof());
}

std::vector<std::string> texts_only(const std::vector<TextInput>& inputs, std::string_view command) {
  std::vector<std::string> texts;
  for (const TextInput& input : inputs) {
    if (input.pair)
      fail(ErrorCode::invalid_argument, command, "give one text a line", "pairs are not taken: [\"{}\", ...]",
           input.text.substr(0, 40));
    texts.push_back(input.text);
  }
  return texts;
}

}  // namespace lathe::cli
