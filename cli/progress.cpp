#include "cli/progress.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace lathe::cli {
namespace {
constexpr char kErase[] = "\r\x1b[K";
std::atomic<bool> visible{false};
}  // namespace

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
  visible = true;
  std::fprintf(stderr, "%s%.*s", kErase, static_cast<int>(text.size()), text.data());
  std::fflush(stderr);
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs(kErase, stderr);
  std::fflush(stderr);
  shown_ = false;
  visible = false;
}

void Progress::wipe() {
  if (!visible) return;
  const ssize_t ignored = write(STDERR_FILENO, kErase, sizeof kErase - 1);
  (void)ignored;
}

}  // namespace lathe::cli
