#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lathe::cli {

/// A command line, the texts taken out. The option parser has a syntax of its own within words ("[a, b]" is a list,
/// "{}" an empty one, "++" ends a subcommand); a text must reach its command as it is.
struct Arguments {
  std::vector<std::string> options;  ///< the subcommand, options and their values, in order
  std::vector<std::string> texts;    ///< other words, where the subcommand takes texts; all words after "--"
};
Arguments split_arguments(const CLI::App& app, int argc, const char* const* argv);

}  // namespace lathe::cli
