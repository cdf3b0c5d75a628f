#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/line_reader.h"
#include "lathe/tasks.h"

namespace lathe::cli {

/// Where texts come from: the command line, a file, or standard input with a text a line.
struct InputFlags {
  std::vector<std::string> texts;  ///< as the command line has them (see arguments.h)
  std::optional<std::string> pair;
  std::string file;
  bool json = false;
};
/// What a command makes of pairs of texts.
enum class Pairs { none, allowed, required };
/// `noun` is what one text is called in the help: "TEXT". Pairs::allowed adds --pair.
void add_input_options(Command& command, InputFlags& flags, const std::string& noun, Pairs pairs);

/// One text, or the line that is none.
struct Input {
  TextInput text;
  size_t number = 0;             ///< of the line or the argument, from 1
  std::optional<Error> refused;  ///< why the line is no text that the command takes
};

/// Hands texts out in chunks. A chunk ends where no more input is waiting, so that a program that talks over a pipe
/// gets its answer at once; else it grows until it takes about a second, so that large input is read in large groups
/// and the user sees it move. Endless input needs little memory.
class Inputs {
 public:
  /// UsageError when nothing is given and standard input is a terminal that no --file names.
  Inputs(const InputFlags& flags, Pairs pairs, std::string_view example);
  Inputs(const Inputs&) = delete;
  Inputs& operator=(const Inputs&) = delete;
  ~Inputs();

  /// The next texts; empty at the end, and after an interrupt.
  std::vector<Input> next();
  /// `lines.txt, line 17 ("The old ...")`, or `text 2 ("...")` for one of several arguments.
  std::string name(const Input& input) const;
  /// The share of the input that was handed out, 0 to 1; negative where its size is unknown.
  double fraction() const;

 private:
  void open();
  Input make(std::string line, LineReader::Got got) const;
  std::vector<Input> arguments();
  void adapt();

  const InputFlags& flags_;
  Pairs pairs_;
  std::optional<LineReader> reader_;  ///< none: the command line's texts
  int fd_ = -1;                       ///< to be closed
  std::string where_;
  uint64_t size_ = 0;
  size_t given_ = 0, budget_;  ///< budget_: bytes of a chunk
  std::optional<std::chrono::steady_clock::time_point> handed_out_;
};

}  // namespace lathe::cli
