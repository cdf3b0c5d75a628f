// model.safetensors that ends early, wherever that is.
#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsSafetensorsTruncated, CutAnywhere) {
  ModelFolder folder;
  const std::string path = folder.write(), file = folder.path("model.safetensors"), whole = io_test::slurp(file);
  for (size_t size = 0; size < whole.size(); size += size < 64 ? 1 : 211) {
    SCOPED_TRACE(size);
    folder.put("model.safetensors", whole.substr(0, size));
    expect_refusal_in(path, ErrorCode::corrupt_file, {file, " bytes", "download or save the file again"},
                      [&] { build(path); });
  }
}

TEST(ErrorsSafetensorsTruncated, TheMessageSaysHowMuchIsThere) {
  ModelFolder folder;
  const std::string path = folder.write(), file = folder.path("model.safetensors");
  const size_t whole = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, whole - 1);
  expect_refusal(ErrorCode::corrupt_file, {file, "but the file has", "again"}, [&] { build(path); });
  std::filesystem::resize_file(file, 5);
  expect_refusal(ErrorCode::corrupt_file, {file, "has 5 bytes, too few", "again"}, [&] { build(path); });
}

}  // namespace
}  // namespace lathe
