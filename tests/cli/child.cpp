#include "cli/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

namespace cli_testing {
namespace {
namespace fs = std::filesystem;

/// Removed with all its content when the test program ends.
struct Root {
  Root() {
    std::string pattern = (fs::temp_directory_path() / "lathe-cli-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  ~Root() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};
const fs::path& root() {
  static const Root folder;
  return folder.path;
}

struct Pipe {
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  }
  void close_end(int i) {
    if (ends[i] >= 0) close(ends[i]);
    ends[i] = -1;
  }
  ~Pipe() { close_end(0), close_end(1); }
  int ends[2];
};

[[noreturn]] void become(const std::vector<std::string>& command, const Options& options, int in, int out, int err) {
  dup2(in, STDIN_FILENO);
  if (!options.out_file.empty()) out = open(options.out_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  _exit(127);
}

/// Feeds `in` and reads `out` and `err` together, so that no pipe fills up and blocks.
void pump(const Options& options, Pipe& in, Pipe& out, Pipe& err, Result& result) {
  const std::string& text = options.input;
  size_t fed = 0;
  if (text.empty()) in.close_end(1);
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    pollfd polled[3] = {{in.ends[1], POLLOUT, 0}, {out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}};
    if (poll(polled, 3, -1) < 0 && errno != EINTR) break;
    if (polled[0].revents != 0) {
      // As much as a pipe that polls ready takes without blocking.
      const ssize_t n = write(in.ends[1], text.data() + fed, std::min<size_t>(text.size() - fed, PIPE_BUF));
      fed += n > 0 ? static_cast<size_t>(n) : 0;
      if (n < 0 || fed == text.size()) in.close_end(1);
    }
    for (auto [place, pipe, target] : {std::tuple{1, &out, &result.out}, std::tuple{2, &err, &result.err}}) {
      if (polled[place].revents == 0) continue;
      char buffer[65536];
      const ssize_t n = read(pipe->ends[0], buffer, sizeof buffer);
      if (n > 0) target->append(buffer, static_cast<size_t>(n));
      if (n == 0 || (pipe == &out && result.out.size() >= options.reads)) pipe->close_end(0);
    }
  }
}

}  // namespace

Result run(const std::vector<std::string>& command, const Options& options) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe in, out, err;
  if (options.reads == 0) out.close_end(0);
  const pid_t child = fork();
  if (child == 0) become(command, options, in.ends[0], out.ends[1], err.ends[1]);
  in.close_end(0), out.close_end(1), err.close_end(1);
  Result result;
  pump(options, in, out, err, result);
  int status = 0;
  waitpid(child, &status, 0);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

nlohmann::json Result::json_lines() const {
  nlohmann::json list = nlohmann::json::array();
  for (size_t at = 0; at < out.size();) {
    const size_t end = std::min(out.find('\n', at), out.size());
    list.push_back(nlohmann::json::parse(out.substr(at, end - at), nullptr, false));
    at = end + 1;
  }
  return list;
}

Talk::Talk(std::vector<std::string> arguments, On place) {
  ::signal(SIGPIPE, SIG_IGN);
  arguments.insert(arguments.begin(), LATHE_CLI_PATH);
  if (place == On::terminal) {
    pid_ = forkpty(&out_, nullptr, nullptr, nullptr);
    if (pid_ == 0) become(arguments, {.environment = {{"TERM", "xterm"}}}, 0, 1, 2);
    in_ = dup(out_);
    return;
  }
  Pipe in, out, err;
  pid_ = fork();
  if (pid_ == 0) become(arguments, {}, in.ends[0], out.ends[1], err.ends[1]);
  in_ = std::exchange(in.ends[1], -1);
  out_ = std::exchange(out.ends[0], -1);
  err_ = std::exchange(err.ends[0], -1);
}

Talk::~Talk() {
  if (result_.status < 0) kill(pid_, SIGKILL), finish();
}

void Talk::say(const std::string& text) { EXPECT_EQ(write(in_, text.data(), text.size()), ssize_t(text.size())); }

void Talk::hush() {
  close(in_);
  in_ = -1;
}

void Talk::wait_until_read() const {
  int waiting = 1;
  for (int i = 0; i < 6000 && ioctl(in_, FIONREAD, &waiting) == 0 && waiting > 0; ++i) usleep(10000);
  EXPECT_EQ(waiting, 0);
}

bool Talk::read_some(int& from, std::string& target) {
  pollfd polled{from, POLLIN, 0};
  char buffer[65536];
  if (poll(&polled, 1, 10000) <= 0) return false;
  const ssize_t n = read(from, buffer, sizeof buffer);
  if (n > 0) target.append(buffer, static_cast<size_t>(n));
  return n > 0;
}

std::string Talk::hear(const std::string& part) {
  size_t at = result_.out.find(part);
  while (at == std::string::npos && read_some(out_, result_.out)) at = result_.out.find(part);
  const size_t end = at == std::string::npos ? result_.out.size() : at + part.size();
  const std::string heard = result_.out.substr(0, end);
  result_.out.erase(0, end);
  return heard;
}

void Talk::signal(int number) { kill(pid_, number); }

Result Talk::finish() {
  if (in_ >= 0) close(in_);
  while (read_some(out_, result_.out)) {}
  while (err_ >= 0 && read_some(err_, result_.err)) {}
  close(out_);
  if (err_ >= 0) close(err_);
  int status = 0;
  waitpid(pid_, &status, 0);
  result_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result_;
}

Result lathe(std::vector<std::string> arguments, const Options& options) {
  arguments.insert(arguments.begin(), LATHE_CLI_PATH);
  return run(arguments, options);
}

std::string model(const std::string& name) { return LATHE_SOURCE_DIR "/tests/goldens/models/" + name; }

std::string plan_of(const std::string& name) {
  static std::map<std::string, std::string> plans;
  std::string& plan = plans[name];
  if (plan.empty()) {
    plan = (scratch("plans") / (name + ".plan")).string();
    const Result built = lathe({"build", model(name), "-o", plan});
    EXPECT_EQ(built.status, 0) << built.err;
  }
  return plan;
}

fs::path scratch(const std::string& name) {
  fs::create_directories(root() / name);
  return root() / name;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, const std::string& content) { std::ofstream(path, std::ios::binary) << content; }

nlohmann::json read_json(const fs::path& path) { return nlohmann::json::parse(read_file(path)); }

namespace {
void expect_line(const Result& result, const std::string& code, const std::string& part, int status) {
  EXPECT_EQ(result.status, status);
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("lathe: error[" + code + "]: ")) << result.err;
  EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
}
}  // namespace

void expect_error(const Result& result, const std::string& code, const std::string& part, int status) {
  EXPECT_EQ(result.out, "");
  expect_line(result, code, part, status);
}

void expect_refusal(const Result& result, const std::string& code, const std::string& part) {
  EXPECT_TRUE(result.out == "null\n" || result.out.find("(refused: ") != std::string::npos) << result.out;
  expect_line(result, code, part, 1);
}

}  // namespace cli_testing
