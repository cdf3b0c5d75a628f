#include "cli/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/file.h"
#include "cli/progress.h"

// Everything that a handler calls here is safe at any moment: no memory, no locks, no streams.
namespace lathe::cli {
namespace {

constexpr unsigned kGraceSeconds = 10;

std::atomic<int> pending{0};  ///< the signal that asked for the end
std::atomic<bool> deferred{false};
std::atomic<const char*> doing{nullptr};
int wake[2] = {-1, -1};
char mapped[1024] = "a mapped file";

void write_all(const char* text) {
  const ssize_t ignored = write(STDERR_FILENO, text, std::strlen(text));
  (void)ignored;
}

[[noreturn]] void die_of(int number) {
  remove_unfinished_files();
  Progress::wipe();
  if (const char* what = doing.exchange(nullptr); what && number != SIGBUS) {
    write_all("lathe: interrupted while ");
    write_all(what);
    write_all("\n");
  }
  signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  raise(number);
  _exit(128 + number);
}

void on_signal(int number) {
  if (number == SIGALRM) die_of(pending.load());
  int none = 0;
  if (!deferred.load() || !pending.compare_exchange_strong(none, number)) die_of(number);
  const int before = errno;
  const ssize_t ignored = write(wake[1], "", 1);
  (void)ignored;
  alarm(kGraceSeconds);
  errno = before;
}

/// A page of a mapped file that is gone is the one cause that a user can mend; any other is a defect.
void on_bus_error(int number, siginfo_t* info, void*) {
  if (info->si_code != BUS_ADRERR) die_of(number);
  static std::atomic<bool> said{false};  // several threads read the file
  while (said.exchange(true)) pause();
  remove_unfinished_files();
  Progress::wipe();
  write_all("lathe: error[io]: ");
  write_all(mapped);
  write_all(": the file was cut short or cannot be read any more while it was in use; replace files by renaming, ");
  write_all("not by writing over them\n");
  _exit(1);
}

/// A closed standard descriptor would be given to the next file that is opened. Reading and writing fail as they
/// should.
void occupy_standard_descriptors() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace

void handle_signals() {
  occupy_standard_descriptors();
  if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) wake[0] = wake[1] = -1;
  signal(SIGXFSZ, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    if (sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
  }
  sigaction(SIGALRM, &action, nullptr);
  struct sigaction bus {};
  bus.sa_sigaction = on_bus_error;
  bus.sa_flags = SA_SIGINFO;
  sigemptyset(&bus.sa_mask);
  sigaction(SIGBUS, &bus, nullptr);
}

void name_interrupted(const char* what) { doing = what; }
void defer_signals() { deferred = wake[1] >= 0; }
bool interrupted() { return pending.load() != 0; }
int interrupt_fd() { return wake[0]; }
void interrupt_noticed() { alarm(0); }
void end_by_signal() { die_of(pending.load()); }

void name_mapped_file(const std::string& path) {
  const size_t length = std::min(path.size(), sizeof mapped - 1);
  std::memcpy(mapped, path.data(), length);
  mapped[length] = 0;
}

}  // namespace lathe::cli
