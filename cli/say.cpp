#include "cli/say.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/progress.h"

namespace lathe::cli {
namespace {
bool quiet = false;
}

void say(std::string_view kind, std::string_view text) {
  Progress::instance().clear();
  // A standard error that takes no more is no reason to lose answers.
  const std::string line = fmt::format("lathe: {}: {}\n", kind, text);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void say_error(const Error& error) { say(fmt::format("error[{}]", to_string(error.code())), error.what()); }

void say_warning(std::string_view text) {
  if (!quiet) say("warning", text);
}

void be_quiet() {
  quiet = true;
  Progress::instance().silence();
}

bool is_quiet() { return quiet; }

}  // namespace lathe::cli
