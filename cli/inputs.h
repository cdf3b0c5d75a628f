#pragma once
#include <CLI/CLI.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "lathe/tasks.h"

namespace lathe::cli {

/// Where texts come from: the command line, a file, or standard input with a text a line. With --json-input a line is
/// a JSON string, or an array of two for a pair.
struct InputFlags {
  std::vector<std::string> texts;
  std::string pair, file;
  bool json = false;
};
/// `noun` is what one text is called in the help: "TEXT". `pairs`: adds --pair.
void add_input_options(CLI::App& command, InputFlags& flags, const std::string& noun, bool pairs);

/// Hands the texts out in chunks, so that endless input needs little memory.
class Inputs {
 public:
  /// UsageError when nothing is given and standard input is a terminal.
  Inputs(const InputFlags& flags, std::string_view example);
  /// The next texts; empty at the end. Error(invalid_argument) names a line that is not as expected.
  std::vector<TextInput> next();
  /// Whether the texts handed out so far are one text and the only one; to be asked after the first next().
  bool single();

 private:
  bool read_line(TextInput& input);
  const InputFlags& flags_;
  std::ifstream file_;
  std::istream* stream_ = nullptr;  ///< null: the command line's texts
  std::string where_;
  size_t lines_ = 0, given_ = 0;
};

/// The texts alone. Error(invalid_argument) for a pair, which `command` does not take.
std::vector<std::string> texts_only(const std::vector<TextInput>& inputs, std::string_view command);

}  // namespace lathe::cli
