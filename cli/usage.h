#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace lathe::cli {

/// A command line that makes no sense: one line that says what was expected; the program ends with status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The candidate that `word` most likely meant; empty where none is near.
std::string nearest(std::string_view word, std::span<const std::string> candidates);
/// "; did you mean X?", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// A first word that names no subcommand: UsageError with the nearest one.
void check_subcommand(const CLI::App& app, int argc, const char* const* argv);
/// One line for what CLI11 refused.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace lathe::cli
