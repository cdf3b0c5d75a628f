#include "cli/inputs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "cli/interrupt.h"
#include "cli/json_line.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/usage.h"

namespace lathe::cli {
namespace {
constexpr size_t kLeastBudget = size_t{1} << 10, kFirstBudget = size_t{4} << 10, kMostBudget = size_t{4} << 20;
constexpr size_t kBytesBeside = 64;  ///< what a text costs beside its characters
}  // namespace

void add_input_options(Command& command, InputFlags& flags, const std::string& noun, Pairs pairs) {
  command.texts(noun, flags.texts, "Texts; none: one a line from standard input. After -- all words are texts");
  if (pairs == Pairs::allowed)
    command.text("--pair", flags.pair, "TEXT2", "A second text, read as a pair with each TEXT");
  command.text("--file,-f", flags.file, "FILE", "Read the lines of this file (-: standard input)");
  command.flag("--json-input", flags.json,
               pairs == Pairs::none      ? "Each line is a JSON string"
               : pairs == Pairs::allowed ? "Each line is a JSON string, or [text, text2] for a pair"
                                         : "Each line is [question, context]");
}

Inputs::Inputs(const InputFlags& flags, Pairs pairs, std::string_view example)
    : flags_(flags), pairs_(pairs), budget_(kFirstBudget) {
  if (!flags.texts.empty()) {
    if (!flags.file.empty()) throw UsageError("texts on the command line and --file exclude each other");
    if (flags.json) throw UsageError("texts on the command line and --json-input exclude each other");
    return;
  }
  if (flags.pair && flags.json) throw UsageError("with --json-input each line brings its pair: leave --pair out");
  if (flags.file.empty() && isatty(STDIN_FILENO) == 1)
    throw UsageError(fmt::format("there is no text: give it as an argument ({}), or lines on standard input", example));
  open();
}

Inputs::~Inputs() {
  if (fd_ >= 0) close(fd_);
}

void Inputs::open() {
  int fd = STDIN_FILENO;
  where_ = "standard input";
  if (!flags_.file.empty() && flags_.file != "-") {
    need_file(flags_.file, "expected a file with a text a line");
    where_ = flags_.file;
    fd = fd_ = ::open(flags_.file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(ErrorCode::io, where_, "check the file's permissions", "cannot be read: {}", std::strerror(errno));
  }
  reader_.emplace(fd, where_);
  struct stat status {};
  const off_t at = lseek(fd, 0, SEEK_CUR);
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && at >= 0 && at < status.st_size)
    size_ = static_cast<uint64_t>(status.st_size - at);
}

Input Inputs::make(std::string line, LineReader::Got got) const {
  Input input{{std::move(line), {}}, given_ + 1, {}};
  try {
    if (got == LineReader::Got::too_long)
      fail(ErrorCode::out_of_range, {}, "split it", "the line is longer than {} bytes", LineReader::kMostBytes);
    if (flags_.json) input.text = parse_json_line(input.text.text);
    if (flags_.pair) input.text.pair = flags_.pair;
    if (pairs_ == Pairs::none && input.text.pair)
      throw Error(ErrorCode::invalid_argument, {}, "pairs are not taken", "give one text a line");
    if (pairs_ == Pairs::required && !input.text.pair)
      throw Error(ErrorCode::invalid_argument, {}, "it is one text alone", "write [\"a question\", \"a context\"]");
  } catch (const Error& error) {
    input.refused = error;
  }
  return input;
}

std::vector<Input> Inputs::arguments() {
  std::vector<Input> all;
  if (given_ > 0) return all;
  for (const std::string& text : flags_.texts) all.push_back({{text, flags_.pair}, ++given_, {}});
  return all;
}

/// Twice as much next time when the last chunk took less than half a second, half as much above two.
void Inputs::adapt() {
  const auto now = std::chrono::steady_clock::now();
  if (handed_out_) {
    const double taken = std::chrono::duration<double>(now - *handed_out_).count();
    if (taken < 0.5) budget_ = std::min(budget_ * 2, kMostBudget);
    if (taken > 2) budget_ = std::max(budget_ / 2, kLeastBudget);
  }
}

std::vector<Input> Inputs::next() {
  if (!reader_) return arguments();
  defer_signals();  // from here on there is work to keep
  adapt();
  std::vector<Input> chunk;
  std::string line;
  for (size_t cost = 0; cost < budget_;) {
    const LineReader::Got got = reader_->next(line, chunk.empty());
    if (got == LineReader::Got::nothing || got == LineReader::Got::end) break;
    cost += line.size() + (flags_.pair ? flags_.pair->size() : 0) + kBytesBeside;
    chunk.push_back(make(std::move(line), got));
    ++given_;
  }
  if (interrupted()) chunk.clear();
  handed_out_ = std::chrono::steady_clock::now();
  return chunk;
}

std::string Inputs::name(const Input& input) const {
  const std::string place =
      reader_ ? fmt::format("{}, line {}", where_, input.number) : fmt::format("text {}", input.number);
  return input.text.text.empty() ? place : fmt::format("{} (\"{}\")", place, shortened(input.text.text, 40));
}

double Inputs::fraction() const {
  return size_ == 0 ? -1 : std::min(1.0, static_cast<double>(reader_->bytes()) / static_cast<double>(size_));
}

}  // namespace lathe::cli
