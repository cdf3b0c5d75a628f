#include "cli/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace lathe::cli {

Progress& Progress::instance() {
  static Progress progress;
  return progress;
}

Progress::Progress() : terminal_(isatty(STDERR_FILENO) == 1) {
  const char* kind = std::getenv("TERM");
  if (kind && std::string_view(kind) == "dumb") terminal_ = false;
}

void Progress::show(std::string_view text) {
  if (!terminal_) return;
  const double now = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  if (shown_ && now - last_ < 0.1) return;
  last_ = now;
  shown_ = true;
  std::fprintf(stderr, "\r\x1b[K%.*s", static_cast<int>(text.size()), text.data());
  std::fflush(stderr);
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace lathe::cli
