#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace lathe::cli {

/// What the command line asks for.
struct Action {
  std::function<int()> run;        ///< to be called once the command line has been read; gives the exit status
  std::vector<std::string> texts;  ///< the words that are texts, for a command that takes some
};

/// Each adds its subcommand, which sets `action.run` when it is chosen; a file each.
void add_fill_mask(CLI::App& app, Action& action);
void add_classify(CLI::App& app, Action& action);
void add_tag(CLI::App& app, Action& action);
void add_answer(CLI::App& app, Action& action);
void add_embed(CLI::App& app, Action& action);
void add_tokenize(CLI::App& app, Action& action);
void add_build(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_knobs(CLI::App& app, Action& action);

}  // namespace lathe::cli
