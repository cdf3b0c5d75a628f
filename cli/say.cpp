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
  fmt::print(stderr, "lathe: {}: {}\n", kind, text);
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
