#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <new>

#include "base/version.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/usage.h"
#include "cli/words.h"
#include "lathe/error.h"
#include "lathe/log.h"

namespace {
using namespace lathe;
using namespace lathe::cli;

constexpr int kUsageStatus = 2, kErrorStatus = 1;

constexpr const char* kIntroduction =
    "Lathe compiles networks for the processor it runs on, and runs them; it knows BERT-family encoders best.\n"
    "A model is a folder as Hugging Face writes it, an ONNX file, or a plan made of one by `lathe build`.";

constexpr const char* kExamples =
    "Examples:\n"
    "  lathe fill-mask \"Paris is the [MASK] of France.\"\n"
    "  lathe build bert-base-uncased -o bert.plan --precision best\n"
    "  lathe embed --model all-MiniLM-L6-v2 < lines.txt > vectors.npy\n"
    "  lathe bench bert.plan --shapes 1x16,8x128\n\n"
    "lathe SUBCOMMAND --help explains one of them. Status: 0 done, 1 an error or a text refused, 2 a mistake on the\n"
    "command line. Words that begin with a dash are options; after -- all words are texts.";

void show_log(LogLevel lowest) {
  set_logger(
      [](LogLevel level, std::string_view line) {
        if (level == LogLevel::warning) return say_warning(line);
        say(level == LogLevel::error ? "error" : "log", line);
      },
      lowest);
}

int run(int argc, char** argv) {
  CLI::App app(kIntroduction, "lathe");
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("lathe ") + kVersion);
  app.get_formatter()->column_width(26);
  app.require_subcommand(0, 1);
  bool verbose = false, quiet = false;
  app.add_flag("--verbose,-v", verbose, "Show the library's log: what passes merged, what was chosen");
  app.add_flag("--quiet,-q", quiet, "Answers and errors only: no warnings, no progress, no report of a build");
  app.fallthrough();
  Action action;
  for (auto add : {add_fill_mask, add_classify, add_tag, add_answer, add_embed, add_tokenize, add_build, add_check,
                   add_export, add_run, add_bench, add_inspect, add_info, add_knobs})
    add(app, action);
  try {
    check_subcommand(app, argc, argv);
    Arguments arguments = split_arguments(app, argc, argv);
    action.texts = std::move(arguments.texts);
    std::reverse(arguments.options.begin(), arguments.options.end());  // as parse() wants them
    app.parse(std::move(arguments.options));
  } catch (const CLI::Success& wanted) {
    // --help and --version; through Output, so that a full disk is noticed here too.
    Output output;
    std::string text;
    if (dynamic_cast<const CLI::CallForVersion*>(&wanted))
      text = std::string(wanted.what()) + "\n";
    else
      text = app.help(
          "", dynamic_cast<const CLI::CallForAllHelp*>(&wanted) ? CLI::AppFormatMode::All : CLI::AppFormatMode::Normal);
    output.write(text);
    output.flush();
    return 0;
  } catch (const CLI::ParseError& error) {
    throw UsageError(explain(app, error));
  }
  if (!action.run) {
    Output output;
    output.write(app.help());
    output.flush();
    return 0;
  }
  if (quiet && verbose) throw UsageError("--verbose and --quiet exclude each other");
  if (quiet) be_quiet();
  show_log(verbose ? LogLevel::verbose : LogLevel::warning);
  const int status = action.run();
  if (interrupted()) end_by_signal();
  return status;
}

/// A file that is opened where standard error was closed would be written the messages. Each closed descriptor gets a
/// place that refuses what is done with it.
void hold_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  handle_signals();
  try {
    return run(argc, argv);
  } catch (const UsageError& error) {
    say("error[usage]", error.what());
    return kUsageStatus;
  } catch (const Error& error) {
    say_error(in_program_words(error));
  } catch (const std::bad_alloc&) {
    say("error[out_of_memory]",
        "memory could not be had; give fewer or shorter texts (--batch-tokens), or smaller tensors");
  } catch (const std::exception& error) {
    say("error[internal]", error.what());
  }
  return kErrorStatus;
}
