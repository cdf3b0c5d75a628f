#pragma once
#include <CLI/CLI.hpp>
#include <functional>

namespace lathe::cli {

/// What runs once the command line has been read.
using Action = std::function<void()>;

/// Each adds its subcommand, which sets `action` when it is chosen; a file each.
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
