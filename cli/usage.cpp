#include "cli/usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <vector>

namespace lathe::cli {
namespace {

/// Insertions, deletions, changes and swaps of neighbours that lead from one word to the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = row;
    row = next;
  }
  return row[b.size()];
}

/// The subcommand on the command line, or the program itself.
const CLI::App& chosen(const CLI::App& app) {
  const std::vector<CLI::App*> subcommands = app.get_subcommands();
  return subcommands.empty() ? app : *subcommands.front();
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* from : {&app, static_cast<const CLI::App*>(app.get_parent())}) {
    if (from == nullptr) continue;
    for (const CLI::Option* option : from->get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  size_t least = std::max<size_t>(word.size() / 3, 1) + 1;
  for (const std::string& candidate : candidates) {
    size_t distance = edit_distance(word, candidate);
    // A word cut short means what it begins.
    if (word.size() >= 3 && candidate.starts_with(word)) distance = std::min<size_t>(distance, 1);
    if (distance < least) least = distance, best = candidate;
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::string best = nearest(word, candidates);
  return best.empty() ? std::string() : fmt::format("; did you mean {}?", best);
}

void check_subcommand(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  const std::string_view word = argv[1];
  if (std::find(names.begin(), names.end(), word) != names.end()) return;
  throw UsageError(fmt::format("'{}' is no subcommand of lathe{}", word,
                               nearest(word, names).empty() ? fmt::format("; there are {}", fmt::join(names, ", "))
                                                            : did_you_mean(word, names)));
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& sub = chosen(app);
  const std::string name = &sub == &app ? "lathe" : "lathe " + sub.get_name();
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    for (const std::string& word : app.remaining(true)) {
      const std::string flag = word.substr(0, word.find('='));
      if (&sub != &app && sub.get_option_no_throw(flag) != nullptr)
        return fmt::format("{} belongs after the subcommand: {} {} ...", flag, name, flag);
      if (word.starts_with('-') && word.size() > 1)
        return fmt::format("{} has no option {}{} ({} --help lists them)", name, flag,
                           did_you_mean(flag, option_names(sub)), name);
      return fmt::format("{} does not expect '{}' here ({} --help shows what it takes)", name, word, name);
    }
  }
  return fmt::format("{} ({} --help shows what it takes)", one_line(error.what()), name);
}

}  // namespace lathe::cli
