#pragma once
#include <functional>
#include <span>
#include <string>

#include "cli/inputs.h"
#include "cli/output.h"
#include "lathe/tasks.h"

namespace lathe::cli {

/// What a command does with texts. An answer is printed for each text in its order; a text that is refused costs its
/// own answer only.
struct TextCommand {
  std::string doing;  ///< for the progress line: "embedding"
  /// Answers these texts and notes in the report which ones it refused or cut.
  std::function<void(std::span<const TextInput> texts, TaskReport& report)> compute;
  /// Prints the answer to texts[i] of the last compute().
  std::function<void(const TextInput& text, size_t i)> print;
  /// Keeps the place of a text that has no answer.
  std::function<void(const TextInput& text, const Error& why)> print_refused;
  bool shows_progress = !Output::is_terminal();  ///< answers on a terminal are progress enough
};

/// Reads all inputs, answers them and writes the answers out chunk by chunk; reports refused texts on standard error by
/// their true numbers. The exit status: 0, or 1 where a text was refused.
int answer_all(Inputs& inputs, Output& output, const TextCommand& command);

/// The texts without their pairs (Pairs::none has seen to it that there are none).
std::vector<std::string> texts_only(std::span<const TextInput> inputs);
/// "(refused: the text is empty)": what stands in a table where an answer would.
std::string refused_words(const Error& why);

}  // namespace lathe::cli
