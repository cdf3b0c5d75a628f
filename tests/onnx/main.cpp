// The test cases of the `onnx` package, each folder one: builds, runs and compares them, and prints what passed.
//   lathe_onnx_cases [--only TEXT] [--known FILE]... [--round-trip|--round-trip-optimised] [--verbose] FOLDER...
// A case that a FILE names (name, then the reason) is expected to fail; the program fails where another one does, where
// one that is named passes, kills its process or is none of the cases, and where many are skipped. On a round trip
// networks are written as ONNX and read again, as they are or optimised, before they are built.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/onnx/case.h"

namespace {
namespace fs = std::filesystem;
using lathe::test::CaseResult;
using lathe::test::Detour;
using Outcome = CaseResult::Outcome;

struct Case {
  std::string name;
  fs::path folder;
  CaseResult result;
  bool died = false;  ///< its process did: of a signal, or of the alarm
};

/// "node", of the folder that has its cases.
std::string kind_of(const std::string& folder) { return fs::path(folder).lexically_normal().filename().string(); }

void read_known(const std::string& path, std::map<std::string, std::string>& known) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.find(' ');
    known[line.substr(0, space)] = space == std::string::npos ? "" : line.substr(space + 1);
  }
}

void write_all(int to, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(to, text.data() + done, text.size() - done);
    if (n <= 0) _exit(3);
    done += static_cast<size_t>(n);
  }
}

/// The cases from `first` on, in a process of their own, a line each: one that crashes or hangs ends only that.
void work(std::vector<Case>& cases, Detour detour, size_t first, int to) {
  for (size_t i = first; i < cases.size(); ++i) {
    alarm(60);
    const CaseResult r = lathe::test::run_case(cases[i].folder, detour);
    write_all(to, fmt::format("{}{}\t{}\n", static_cast<char>(r.outcome), r.fixed, r.detail));
  }
  _exit(0);
}

/// How many cases have their result afterwards.
size_t run_from(std::vector<Case>& cases, Detour detour, size_t first) {
  int ends[2];
  if (pipe(ends) != 0) return cases.size();
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    work(cases, detour, first, ends[1]);
  }
  close(ends[1]);
  FILE* lines = fdopen(ends[0], "r");
  char* line = nullptr;
  size_t capacity = 0, next = first;
  while (next < cases.size() && getline(&line, &capacity, lines) > 0) {
    std::string text(line);
    text.pop_back();
    const size_t tab = text.find('\t');
    cases[next++].result = {static_cast<Outcome>(text[0]), text.substr(tab + 1), text.substr(1, tab - 1)};
  }
  free(line);
  fclose(lines);
  int status = 0;
  waitpid(child, &status, 0);
  if (next < cases.size()) {
    const char* what = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ended early";
    cases[next].died = true;
    cases[next++].result = {Outcome::failed, fmt::format("the process died: {}", what), {}};
  }
  return next;
}

std::vector<Case> find_cases(const std::vector<std::string>& folders, const std::string& only) {
  std::vector<Case> cases;
  for (const std::string& folder : folders)
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = kind_of(folder) + "/" + entry.path().filename().string();
      if (fs::exists(entry.path() / "model.onnx") && name.find(only) != std::string::npos)
        cases.push_back({name, entry.path(), {}});
    }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return a.name < b.name; });
  return cases;
}

using Known = std::map<std::string, std::string>;

bool is_surprise(const Case& c, const Known& known) {
  if (c.died || !known.contains(c.name)) return c.result.outcome == Outcome::failed;
  return c.result.outcome == Outcome::passed;
}

/// Known failures in these folders that are no cases: nothing would tell when such a one came to pass.
size_t print_strangers(const Known& known, const std::vector<Case>& cases, const std::vector<std::string>& folders) {
  size_t count = 0;
  for (const auto& [name, reason] : known) {
    const bool is_here = std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
      return kind_of(folder) == name.substr(0, name.find('/'));
    });
    if (!is_here || std::any_of(cases.begin(), cases.end(), [&](const Case& c) { return c.name == name; })) continue;
    fmt::print("NO CASE {}: {}\n", name, reason);
    ++count;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> folders;
  std::string only;
  std::map<std::string, std::string> known;
  Detour detour = Detour::none;
  bool verbose = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--only" && i + 1 < argc)
      only = argv[++i];
    else if (word == "--known" && i + 1 < argc)
      read_known(argv[++i], known);
    else if (word == "--round-trip")
      detour = Detour::written;
    else if (word == "--round-trip-optimised")
      detour = Detour::optimised;
    else if (word == "--verbose")
      verbose = true;
    else
      folders.push_back(word);
  }
  std::erase_if(folders, [](const std::string& folder) { return !fs::is_directory(folder); });
  if (folders.empty()) {
    fmt::print("skipped: scripts/onnx_cases.sh has not made the cases\n");
    return 77;
  }
  std::vector<Case> cases = find_cases(folders, only);
  for (size_t next = 0; next < cases.size();) next = run_from(cases, detour, next);
  size_t passed = 0, failed = 0, skipped = 0, fixed = 0, surprises = 0;
  for (const Case& c : cases) {
    passed += c.result.outcome == Outcome::passed;
    failed += c.result.outcome == Outcome::failed;
    skipped += c.result.outcome == Outcome::skipped;
    const bool was_fixed = c.result.outcome == Outcome::passed && !c.result.fixed.empty();
    fixed += was_fixed;
    if (verbose && was_fixed) fmt::print("passed {} with {} fixed\n", c.name, c.result.fixed);
    const bool surprise = is_surprise(c, known);
    surprises += surprise;
    if (surprise || (verbose && c.result.outcome != Outcome::passed))
      fmt::print("{} {}: {}\n",
                 c.result.outcome == Outcome::passed   ? "PASSES NOW"
                 : c.result.outcome == Outcome::failed ? "FAILED"
                                                       : "skipped",
                 c.name, c.result.detail);
  }
  fmt::print(
      "{} cases: {} passed ({} with inputs fixed when they were built), {} failed, {} of them known; {} skipped\n",
      cases.size(), passed, fixed, failed, failed - std::min(failed, surprises), skipped);
  if (only.empty()) surprises += print_strangers(known, cases, folders);
  constexpr size_t kSkippedOf = 20;
  const bool many_skipped = only.empty() && skipped * kSkippedOf > cases.size();
  if (many_skipped) fmt::print("more than one case in {} is skipped\n", kSkippedOf);
  return cases.empty() || surprises > 0 || many_skipped ? 1 : 0;
}
