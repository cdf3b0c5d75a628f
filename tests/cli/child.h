#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cli_testing {

/// What a finished child left behind.
struct Result {
  int status = -1;  ///< exit status; 128 + signal when a signal ended it
  std::string out, err;

  nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
  /// The lines of the output, each one JSON, as an array.
  nlohmann::json json_lines() const;
};

struct Options {
  std::string input{};                                             ///< what standard input holds
  std::vector<std::pair<std::string, std::string>> environment{};  ///< set for the child
  std::string out_file{};                                          ///< where its output goes instead of Result::out
  size_t reads = SIZE_MAX;  ///< bytes of its output after which the reader closes the pipe; 0: before it starts
};

/// A running `lathe` to talk to over pipes, or on a terminal of its own.
class Talk {
 public:
  enum class On { pipes, terminal };
  Talk(std::vector<std::string> arguments, On place);
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;
  ~Talk();
  void say(const std::string& text);
  /// The end of what it reads.
  void hush();
  /// Until it has read all that was said (over a pipe), for a minute at most.
  void wait_until_read() const;
  /// Its output (on a terminal, errors too) up to `part`, or all of it when it ends or says nothing for ten seconds.
  std::string hear(const std::string& part);
  void signal(int number);
  /// Reads to the end. Result::out has what hear() has not given.
  Result finish();

 private:
  bool read_some(int& from, std::string& target);
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1, err_ = -1;
  Result result_;
};

/// Runs a program to its end.
Result run(const std::vector<std::string>& command, const Options& options = {});
/// Runs the `lathe` that was built.
Result lathe(std::vector<std::string> arguments, const Options& options = {});

/// A folder under tests/goldens/models.
std::string model(const std::string& name);
/// A plan of such a folder, built once a test program.
std::string plan_of(const std::string& name);
/// An empty folder of this test program, removed at its end.
std::filesystem::path scratch(const std::string& name);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& content);
nlohmann::json read_json(const std::filesystem::path& path);

/// One line on standard error, the error's code in it, the given status, nothing on standard output.
void expect_error(const Result& result, const std::string& code, const std::string& part, int status = 1);
/// The same for a text that is refused: its place on standard output is kept.
void expect_refusal(const Result& result, const std::string& code, const std::string& part);

}  // namespace cli_testing
