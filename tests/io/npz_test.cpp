#include "io/npz.h"

#include "io/npy.h"
#include "io/zip.h"
#include "scratch.h"

namespace lathe {
namespace {
using namespace io_test;

std::vector<HostTensor> some_tensors() {
  return {patterned("logits", DType::f32, {2, 3}), patterned("ids", DType::i64, {0, 4}),
          patterned("scalar", DType::f16, {}), patterned("folder/mask", DType::boolean, {5})};
}

std::string written(const std::vector<HostTensor>& tensors) {
  Scratch scratch;
  write_npz(scratch.path("t.npz"), tensors);
  return slurp(scratch.path("t.npz"));
}

std::vector<HostTensor> parse(const std::string& bytes) { return parse_npz(blob_of(bytes), "test.npz"); }

TEST(IoNpz, RoundTripsInOrder) {
  std::vector<HostTensor> tensors = some_tensors(), got = parse(written(tensors));
  ASSERT_EQ(got.size(), tensors.size());
  for (size_t i = 0; i < got.size(); ++i) expect_same(got[i], tensors[i]);
  EXPECT_TRUE(parse(written({})).empty());
  EXPECT_EQ(written(tensors), written(tensors));
}

TEST(IoNpz, ChecksumIsZips) {
  std::string digits = "123456789";
  EXPECT_EQ(crc32_of(std::as_bytes(std::span(digits))), 0xcbf43926u);
  std::string text(1000, 'q');
  auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(crc32_of(bytes.subspan(333), crc32_of(bytes.first(333))), crc32_of(bytes));
}

TEST(IoNpz, ReadsNumPysOwnFiles) {
  std::string folder = std::filesystem::path(__FILE__).parent_path().parent_path().string() + "/goldens/numpy/";
  std::vector<HostTensor> stored = read_npz(folder + "stored.npz");
  ASSERT_EQ(stored.size(), 3u);
  expect_same(stored[0], host_tensor<float>("a", DType::f32, {2, 3}, {0, 1, 2, 3, 4, 5}));
  expect_same(stored[1], host_tensor<int64_t>("b", DType::i64, {2, 2}, {0, 1, 2, 3}));  // Fortran order in the file
  expect_same(stored[2], host_tensor<uint8_t>("c", DType::boolean, {}, {1}));
  expect_same(read_npy(folder + "fortran.npy"), host_tensor<int32_t>("", DType::i32, {2, 3}, {0, 1, 2, 3, 4, 5}));
  expect_error(ErrorCode::unsupported, "big-endian", [&] { read_npy(folder + "big_endian.npy"); });
#ifdef LATHE_WITH_ZLIB
  std::vector<HostTensor> compressed = read_npz(folder + "compressed.npz");
  ASSERT_EQ(compressed.size(), 3u);
  for (size_t i = 0; i < 3; ++i) expect_same(compressed[i], stored[i]);
#else
  expect_error(ErrorCode::unsupported, "numpy.savez", [&] { read_npz(folder + "compressed.npz"); });
#endif
}

TEST(IoNpz, PassesOverOtherEntries) {
  Scratch scratch;
  {
    AtomicFile file(scratch.path("mixed.npz"));
    ZipWriter zip(file);
    std::string note = "hello";
    zip.add("note.txt", {std::as_bytes(std::span(note))});
    zip.finish();
    file.commit();
  }
  EXPECT_TRUE(read_npz(scratch.path("mixed.npz")).empty());
}

TEST(IoNpz, RefusesDamage) {
  std::string good = written(some_tensors());
  auto changed = [&](size_t at, char value) {
    std::string bytes = good;
    bytes[at] = value;
    return bytes;
  };
  size_t directory = good.find("PK\1\2");
  expect_error(ErrorCode::corrupt_file, "test.npz", [&] { parse(""); });
  expect_error(ErrorCode::corrupt_file, "is the file cut", [&] { parse(good.substr(0, good.size() - 1)); });
  expect_error(ErrorCode::corrupt_file, "checksum", [&] { parse(changed(120, '!')); });
  expect_error(ErrorCode::unsupported, "encrypted", [&] { parse(changed(directory + 8, 1)); });
  expect_error(ErrorCode::unsupported, "method 12", [&] { parse(changed(directory + 10, 12)); });
  expect_error(ErrorCode::corrupt_file, "", [&] { parse(changed(directory + 24, 77)); });           // size
  expect_error(ErrorCode::corrupt_file, "", [&] { parse(changed(directory + 43, 77)); });           // offset
  expect_error(ErrorCode::corrupt_file, "count", [&] { parse(changed(good.size() - 11, 0x7f)); });  // entries
  std::string twice = written({patterned("ab", DType::u8, {1}), patterned("ac", DType::u8, {1})});
  for (size_t at = twice.find("ac.npy"); at != std::string::npos; at = twice.find("ac.npy")) twice[at + 1] = 'b';
  expect_error(ErrorCode::corrupt_file, "two entries named 'ab.npy'", [&] { parse(twice); });
}

TEST(IoNpz, RefusesNamesThatRepeat) {
  Scratch scratch;
  std::vector<HostTensor> same = {patterned("x", DType::u8, {1}), patterned("x", DType::u8, {1})};
  expect_error(ErrorCode::invalid_argument, "'x'", [&] { write_npz(scratch.path("t.npz"), same); });
  EXPECT_EQ(scratch.files(), 0u);
}

TEST(IoNpz, SurvivesEveryCutAndFlip) {
  auto reader = [](const Blob& b) { return parse_npz(b, "x"); };
  expect_robust(written({patterned("a", DType::f32, {3}), patterned("b", DType::i64, {1, 2})}), reader);
#ifdef LATHE_WITH_ZLIB
  std::string folder = std::filesystem::path(__FILE__).parent_path().parent_path().string() + "/goldens/numpy/";
  expect_robust(slurp(folder + "compressed.npz"), reader);
#endif
}

}  // namespace
}  // namespace lathe
