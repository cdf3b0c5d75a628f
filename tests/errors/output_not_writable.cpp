// Output files that cannot be made: nothing is left behind, and what was there stays.
#include <sys/stat.h>
#include <unistd.h>

#include "tests/errors/output_files.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsOutputNotWritable, NoSuchFolder) {
  io_test::Scratch scratch;
  for (const Writer& writer : writers()) {
    const std::string path = scratch.path("absent/" + writer.file);
    expect_refusal_in(scratch.path(), ErrorCode::io,
                      {path, "cannot be opened for writing: No such file", "create the folder first"},
                      [&] { writer.write(path); });
  }
}

TEST(ErrorsOutputNotWritable, AFileWhereTheFolderShouldBe) {
  io_test::Scratch scratch;
  for (const Writer& writer : writers()) {
    const std::string path = scratch.put("file", "content") + "/" + writer.file;
    expect_refusal_in(scratch.path(), ErrorCode::io, {path, "Not a directory", "create the folder first"},
                      [&] { writer.write(path); });
    EXPECT_EQ(io_test::slurp(scratch.path("file")), "content");
  }
}

TEST(ErrorsOutputNotWritable, AFolderOfThatName) {
  io_test::Scratch scratch;
  for (const Writer& writer : writers()) {
    const std::string path = scratch.path(writer.file);
    std::filesystem::create_directory(path);
    expect_refusal_in(scratch.path(), ErrorCode::io, {path, "is a folder", "give a file name"},
                      [&] { writer.write(path); });
  }
}

TEST(ErrorsOutputNotWritable, NoPermission) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  io_test::Scratch scratch;
  std::filesystem::create_directory(scratch.path("locked"));
  for (const Writer& writer : writers()) {
    const std::string file = scratch.put(writer.file, "old"), inside = scratch.path("locked/" + writer.file);
    chmod(file.c_str(), 0400);
    chmod(scratch.path("locked").c_str(), 0500);
    for (const std::string& path : {file, inside})
      expect_refusal_in(scratch.path(), ErrorCode::io, {path, "Permission denied", "choose a place that you may write"},
                        [&] { writer.write(path); });
    EXPECT_EQ(io_test::slurp(file), "old");
    chmod(scratch.path("locked").c_str(), 0700);
  }
}

}  // namespace
}  // namespace lathe
