#include "cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

namespace lathe::cli {
namespace {
namespace fs = std::filesystem;

std::mutex mutex;
std::vector<fs::path> guarded;

void remove_temporaries() {
  std::lock_guard lock(mutex);
  const std::string mark = ".tmp-" + std::to_string(getpid()) + "-";
  for (const fs::path& path : guarded) {
    std::error_code ignored;
    for (fs::directory_iterator entry(path.parent_path(), ignored), end; !ignored && entry != end;
         entry.increment(ignored))
      if (entry->path().filename().string().starts_with(path.filename().string() + mark)) {
        std::error_code unremoved;
        fs::remove(entry->path(), unremoved);
      }
  }
}

}  // namespace

void handle_signals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t wanted;
  sigemptyset(&wanted);
  for (int number : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    if (sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) sigaddset(&wanted, number);
  }
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  std::thread([wanted] {
    int number = 0;
    if (sigwait(&wanted, &number) != 0) return;
    remove_temporaries();
    _exit(128 + number);
  }).detach();
}

void guard_output(const std::string& path) {
  std::error_code ignored;
  fs::path target = fs::weakly_canonical(fs::absolute(path, ignored), ignored);
  std::lock_guard lock(mutex);
  guarded.push_back(ignored ? fs::path(path) : target);
}

}  // namespace lathe::cli
