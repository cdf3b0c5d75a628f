#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "scratch.h"

namespace lathe {
namespace {
using namespace io_test;

TEST(BaseFile, MapsWholeFileAndOutlivesItsName) {
  Scratch scratch;
  std::string path = scratch.put("a", "some bytes");
  Blob part;
  {
    FileMap map(path);
    EXPECT_EQ(map.size(), 10u);
    part = map.blob().sub(5, 5);
  }
  std::filesystem::remove(path);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(part.data), part.size), "bytes");
}

TEST(BaseFile, WhatIsForgottenIsReadAgain) {
  Scratch scratch;
  std::string text(100000, 'x');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 251);
  const FileMap map(scratch.put("a", text));
  const Blob part = map.blob().sub(5000, 90000), heap = blob_of(text);
  EXPECT_TRUE(part.mapped);
  EXPECT_FALSE(heap.mapped);
  for (const Blob& blob : {map.blob(), part, part.sub(1, 2), heap, Blob{}}) {
    blob.forget();
    EXPECT_EQ(std::memcmp(map.data(), text.data(), text.size()), 0);
    EXPECT_EQ(std::memcmp(heap.data, text.data(), text.size()), 0);
  }
}

TEST(BaseFile, MapsEmptyFile) {
  Scratch scratch;
  FileMap map(scratch.put("empty", ""));
  EXPECT_EQ(map.size(), 0u);
  EXPECT_EQ(map.blob().size, 0u);
}

TEST(BaseFile, MapRefusesWhatIsNoFile) {
  Scratch scratch;
  expect_error(ErrorCode::not_found, "no such file", [&] { FileMap(scratch.path("none")); });
  expect_error(ErrorCode::not_found, "no such file", [&] { FileMap(scratch.put("f", "x") + "/inside"); });
  expect_error(ErrorCode::io, "folder", [&] { FileMap(scratch.path()); });
  ASSERT_EQ(mkfifo(scratch.path("pipe").c_str(), 0600), 0);
  expect_error(ErrorCode::io, "pipe or device", [&] { FileMap(scratch.path("pipe")); });
  expect_error(ErrorCode::io, "pipe or device", [&] { FileMap("/dev/zero"); });
}

TEST(BaseFile, BlobCopyIsAlignedAndIndependent) {
  for (size_t size : {1u, 63u, 64u, 1000u}) {
    std::string bytes(size, 'x');
    Blob blob = Blob::copy_of(bytes.data(), size);
    bytes.assign(size, 'y');
    EXPECT_EQ(reinterpret_cast<uintptr_t>(blob.data) % 64, 0u);
    EXPECT_EQ(blob.data[size - 1], std::byte{'x'});
  }
  EXPECT_EQ(Blob::copy_of({}).size, 0u);
  std::byte* writable = nullptr;
  expect_error(ErrorCode::out_of_memory, "bytes", [&] { Blob::zeros(SIZE_MAX - 8, &writable); });
}

TEST(BaseFile, ReadsTextUpToALimit) {
  Scratch scratch;
  std::string text(200'000, 'a');
  std::string path = scratch.put("text", text);
  EXPECT_EQ(read_text_file(path, 1 << 20), text);
  EXPECT_EQ(read_text_file(path, SIZE_MAX), text);
  EXPECT_EQ(read_text_file(path, text.size()), text);
  EXPECT_EQ(read_text_file(scratch.put("empty", ""), 0), "");
  expect_error(ErrorCode::out_of_range, "larger than", [&] { read_text_file(path, text.size() - 1); });
  expect_error(ErrorCode::out_of_range, "larger than", [&] { read_text_file("/dev/zero", 1000); });
  expect_error(ErrorCode::not_found, "no such file", [&] { read_text_file(scratch.path("none"), 10); });
  expect_error(ErrorCode::io, "folder", [&] { read_text_file(scratch.path(), 10); });
}

TEST(BaseFile, ReadsRegularFilesUpToALimit) {
  Scratch scratch;
  const std::string path = scratch.put("text", "some");
  EXPECT_EQ(read_regular_file(path, 4), "some");
  EXPECT_EQ(read_regular_file(scratch.put("empty", ""), 0), "");
  expect_error(ErrorCode::out_of_range, "it has 4 bytes, more than 3", [&] { read_regular_file(path, 3); });
  expect_error(ErrorCode::io, "pipe or device", [&] { read_regular_file("/dev/zero", 1000); });
}

TEST(BaseFile, AtomicWriteAppearsOnCommitOnly) {
  Scratch scratch;
  std::string path = scratch.put("out", "old");
  std::string big(300'000, 'n');
  {
    AtomicFile file(path);
    file.write("begin ");
    file.write(big);
    EXPECT_EQ(slurp(path), "old");
    EXPECT_EQ(file.size(), 6 + big.size());
    file.commit();
  }
  EXPECT_EQ(slurp(path), "begin " + big);
  EXPECT_EQ(scratch.files(), 1u);
}

TEST(BaseFile, AtomicWriteLeavesNothingWithoutCommit) {
  Scratch scratch;
  std::string path = scratch.put("out", "old");
  {
    AtomicFile kept(path), fresh(scratch.path("new"), AtomicFile::Durability::synced);
    kept.write("half");
    fresh.write(std::string(100'000, 'x'));
  }
  EXPECT_EQ(slurp(path), "old");
  EXPECT_EQ(scratch.files(), 1u);
}

TEST(BaseFile, AtomicWriteSweepsWhatKilledProcessesLeft) {
  Scratch scratch;
  const std::string path = scratch.path("out");
  const pid_t child = fork();
  if (child == 0) {
    AtomicFile file(path);
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(scratch.files(), 1u);
  // Not ours to remove: of a living process, of another file, of another kind.
  const std::string names[] = {"out.tmp-1-0", "out2.tmp-" + std::to_string(child) + "-0", "out.tmp-x-0",
                               "out.tmp-" + std::to_string(child) + "-", "out.tmp-" + std::to_string(child)};
  for (const std::string& name : names) scratch.put(name, "x");
  AtomicFile file(path);
  file.commit();
  EXPECT_EQ(scratch.files(), 1 + std::size(names));
  for (const std::string& name : names) EXPECT_TRUE(std::filesystem::exists(scratch.path(name))) << name;
}

/// Removes all temporaries that no writer has locked, over and over, as a sweep does that knows nothing of the numbers
/// of these processes.
class Sweeper {
 public:
  explicit Sweeper(std::string folder) : folder_(std::move(folder)), thread_([this] { sweep(); }) {}
  ~Sweeper() {
    stop_ = true;
    thread_.join();
  }

 private:
  void sweep() const {
    for (std::error_code ignored; !stop_;)
      for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
        if (entry.path().string().find(".tmp-") == std::string::npos) continue;
        const int fd = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) std::filesystem::remove(entry.path(), ignored);
        close(fd);
      }
  }
  std::string folder_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST(BaseFile, AtomicWriteIsSafeFromSweeps) {
  Scratch scratch;
  const Sweeper first(scratch.path()), second(scratch.path());
  for (int i = 0; i < 3000; ++i) {
    AtomicFile file(scratch.path("out"));
    file.write(std::to_string(i));
    ASSERT_NO_THROW(file.commit()) << i;
    ASSERT_EQ(slurp(scratch.path("out")), std::to_string(i));
  }
}

TEST(BaseFile, AHandlerRemovesUnfinishedFiles) {
  Scratch scratch;
  const pid_t child = fork();
  if (child == 0) {
    AtomicFile done(scratch.path("done")), first(scratch.path("first")), second(scratch.path("second"));
    done.commit();
    remove_unfinished_files();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(scratch.files(), 1u);
  EXPECT_TRUE(std::filesystem::exists(scratch.path("done")));
}

TEST(BaseFile, AtomicWriteKeepsModeAndLink) {
  Scratch scratch;
  std::string real = scratch.put("real", "old"), link = scratch.path("link");
  ASSERT_EQ(chmod(real.c_str(), 0640), 0);
  std::filesystem::create_symlink("real", link);
  AtomicFile file(link, AtomicFile::Durability::synced);
  file.write("new");
  file.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(slurp(real), "new");
  struct stat status {};
  ASSERT_EQ(stat(real.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0640u);
}

TEST(BaseFile, AtomicWriteRefusesBadTargets) {
  Scratch scratch;
  expect_error(ErrorCode::io, "folder", [&] { AtomicFile(scratch.path()); });
  expect_error(ErrorCode::io, "create the folder", [&] { AtomicFile(scratch.path("none/out")); });
  expect_error(ErrorCode::invalid_argument, "empty", [&] { AtomicFile(""); });
  if (geteuid() != 0) {  // root may write anywhere
    std::string path = scratch.put("locked", "old");
    ASSERT_EQ(chmod(path.c_str(), 0400), 0);
    expect_error(ErrorCode::io, "may write", [&] { AtomicFile{path}; });
  }
}

TEST(BaseFile, AtomicWriteReportsAFullDisk) {
  expect_error(ErrorCode::io, "free some space", [&] {
    AtomicFile file("/dev/full");
    file.write("x");
    file.commit();
  });
  expect_error(ErrorCode::io, "/dev/full", [&] {
    AtomicFile file("/dev/full");
    file.write(std::string(1 << 20, 'x'));
  });
}

TEST(BaseFile, AtomicWriteGoesStraightIntoPipes) {
  Scratch scratch;
  std::string path = scratch.path("pipe"), got;
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread reader([&] { got = read_text_file(path, 1 << 20); });
  AtomicFile file(path);
  file.write(std::string(200'000, 'p'));
  file.commit();
  reader.join();
  EXPECT_EQ(got.size(), 200'000u);
  EXPECT_EQ(scratch.files(), 1u);
}

TEST(BaseFile, AtomicWriteContinuesARedirectedDescriptor) {
  Scratch scratch;
  std::string path = scratch.path("log");
  int fd = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(write(fd, "first ", 6), 6);
  AtomicFile file("/dev/fd/" + std::to_string(fd));
  file.write("second");
  file.commit();
  close(fd);
  EXPECT_EQ(slurp(path), "first second");
}

}  // namespace
}  // namespace lathe
