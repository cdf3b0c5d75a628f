// A disk that fills up while a file is written: the error says so, the old file stays, nothing half written is left.
#include <signal.h>
#include <sys/resource.h>

#include "tests/errors/output_files.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsDiskFull, FullDevice) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  for (const Writer& writer : writers()) {
    io_test::Scratch scratch;
    // The ending tells the format, so the device needs a name that has it.
    const std::string path = scratch.path(writer.file);
    std::filesystem::create_symlink("/dev/full", path);
    expect_refusal_in(scratch.path(), ErrorCode::io, {path, "No space left on device", "free some space"},
                      [&] { writer.write(path); });
    EXPECT_TRUE(std::filesystem::is_symlink(path));
  }
}

/// No file of this process may grow beyond so many bytes while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

/// A real file that takes the first bytes and refuses the rest, as a disk or a quota does.
TEST(ErrorsDiskFull, InTheMiddleOfAFile) {
  for (const Writer& writer : writers()) {
    io_test::Scratch scratch;
    const std::string old = scratch.put(writer.file, "old content"), fresh = scratch.path("new-" + writer.file);
    for (const std::string& path : {old, fresh})
      expect_refusal_in(scratch.path(), ErrorCode::io, {path, "cannot be written: File too large", "free some space"},
                        [&] {
                          FileSizeLimit limit(4096);
                          writer.write(path);
                        });
    EXPECT_EQ(io_test::slurp(old), "old content");
    EXPECT_FALSE(std::filesystem::exists(fresh));
    writer.write(old);
    EXPECT_GT(std::filesystem::file_size(old), 10000u) << "once there is space the same call works";
  }
}

}  // namespace
}  // namespace lathe
