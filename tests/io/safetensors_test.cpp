#include "io/safetensors.h"

#include "scratch.h"

namespace lathe {
namespace {
using namespace io_test;

std::string file_of(const std::string& header, const std::string& data) {
  uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

SafetensorsFile parse(const std::string& bytes) { return SafetensorsFile::parse(blob_of(bytes), "test.safetensors"); }

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

std::vector<HostTensor> some_tensors() {
  std::vector<HostTensor> tensors;
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                     DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean})
    tensors.push_back(patterned("t." + std::string(to_string(type)), type, {3, 5}));
  tensors.push_back(patterned("scalar", DType::f32, {}));
  tensors.push_back(patterned("empty", DType::f32, {4, 0}));
  tensors.push_back(patterned("\xce\xb1 \"quoted\"", DType::u8, {1, 2, 3, 1, 1, 1, 1, 1}));
  return tensors;
}

TEST(IoSafetensors, RoundTripsSortedAndDeterministic) {
  Scratch scratch;
  std::vector<HostTensor> tensors = some_tensors();
  write_safetensors(scratch.path("a"), tensors, {{"format", "pt"}});
  SafetensorsFile file = SafetensorsFile::open(scratch.path("a"));
  ASSERT_EQ(file.entries().size(), tensors.size());
  for (const HostTensor& t : tensors) expect_same(file.tensor(t.name), t);
  EXPECT_TRUE(std::is_sorted(file.entries().begin(), file.entries().end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_EQ(file.metadata().at("format"), "pt");
  std::reverse(tensors.begin(), tensors.end());
  write_safetensors(scratch.path("b"), tensors, {{"format", "pt"}});
  EXPECT_EQ(slurp(scratch.path("a")), slurp(scratch.path("b")));
  write_safetensors(scratch.path("none"), {});
  EXPECT_TRUE(SafetensorsFile::open(scratch.path("none")).entries().empty());
}

TEST(IoSafetensors, SharesTheFilesBytes) {
  Blob blob = blob_of(file_of("{\"a\":" + entry("U8", "[2]", "[0,2]") + "}", "xy"));
  HostTensor t = SafetensorsFile::parse(blob, "x").tensor("a");
  EXPECT_EQ(t.data.data, blob.data + blob.size - 2);
  EXPECT_EQ(t.data.owner, blob.owner);
}

TEST(IoSafetensors, CopiesWhatIsMisaligned) {
  for (const char* pad : {"", " ", "  ", "   "}) {
    std::string header = "{\"a\":" + entry("F32", "[1]", "[0,4]") + "}" + pad;
    HostTensor t = parse(file_of(header, std::string("\0\0\x80\x3f", 4))).tensor("a");
    EXPECT_EQ(reinterpret_cast<uintptr_t>(t.data.data) % 4, 0u);
    EXPECT_EQ(t.as<float>()[0], 1.0f);
  }
}

TEST(IoSafetensors, UnknownNameIsNotFound) {
  SafetensorsFile file = parse(file_of("{}", ""));
  EXPECT_EQ(file.find("a"), nullptr);
  expect_error(ErrorCode::not_found, "'a'", [&] { file.tensor("a"); });
}

struct Bad {
  const char* what;
  std::string header, data;
  ErrorCode code = ErrorCode::corrupt_file;
};

TEST(IoSafetensors, RefusesWhatBreaksTheFormat) {
  std::string a = "\"a\":", ok = entry("U8", "[2]", "[0,2]");
  const Bad cases[] = {
      {"no JSON", "{\"a\"", ""},
      {"a number", "{\"a\":1", ""},
      {"no JSON", "{} x", ""},
      {"no JSON", "{\"\xff\":{}}", ""},
      {"begin with", " {}", ""},
      {"begin with", "", ""},
      {"begin with", "[]", ""},
      {"a number", "{\"a\":1}", ""},
      {"text", "{\"a\":\"b\"}", ""},
      {"null", "{\"a\":null}", ""},
      {"an array", "{\"a\":[]}", ""},
      {"lacks", "{\"a\":{}}", ""},
      {"lacks", "{\"a\":{\"dtype\":\"U8\",\"shape\":[2]}}", "xy"},
      {"unknown or repeated", "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", "xy"},
      {"unknown or repeated", "{\"a\":{\"dtypes\":\"U8\"}}", "xy"},
      {"an object", "{\"a\":{\"dtype\":{}}}", ""},
      {"an array", "{\"a\":{\"shape\":[[2]]}}", ""},
      {"needs 2 bytes and has 1", "{" + a + entry("U8", "[2]", "[0,1]") + "}", "x"},
      {"needs 1 bytes and has 0", "{" + a + entry("U8", "[]", "[0,0]") + "}", ""},
      {"not whole", "{" + a + entry("U8", "[2]", "[0,99999999999999999999]") + "}", "xy"},
      {"not whole", "{" + a + entry("U8", "[2.0]", "[0,2]") + "}", "xy"},
      {"negative", "{" + a + entry("U8", "[-2]", "[0,2]") + "}", "xy"},
      {"3 data_offsets", "{" + a + entry("U8", "[2]", "[0,1,2]") + "}", "xy"},
      {"1 data_offsets", "{" + a + entry("U8", "[2]", "[2]") + "}", "xy"},
      {"too many", "{" + a + entry("U8", "[4611686018427387904,4,0]", "[0,0]") + "}", ""},
      {"gap", "{" + a + ok + ",\"b\":" + entry("U8", "[1]", "[3,4]") + "}", "wxyz"},
      {"twice", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", ""},
      {"a number", "{\"__metadata__\":{\"k\":1}}", ""},
      {"'F33'", "{" + a + entry("F33", "[2]", "[0,2]") + "}", "xy", ErrorCode::unsupported},
      {"'F8_E4M3'", "{" + a + entry("F8_E4M3", "[2]", "[0,2]") + "}", "xy", ErrorCode::unsupported},
      {"8 dimensions", "{" + a + entry("U8", "[1,1,1,1,1,1,1,1,2]", "[0,2]") + "}", "xy", ErrorCode::unsupported},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.header);
    expect_error(bad.code, bad.what, [&] { parse(file_of(bad.header, bad.data)); });
  }
}

TEST(IoSafetensors, DeepOrLongHeadersCostNothing) {
  std::string deep = "{\"a\":{\"shape\":" + std::string(1'000'000, '[');
  expect_error(ErrorCode::corrupt_file, "an array", [&] { parse(file_of(deep, "")); });
  std::string name(500'000, 'n');
  expect_error(ErrorCode::corrupt_file, "(500000 bytes)", [&] { parse(file_of("{\"" + name + "\":{}}", "")); });
}

TEST(IoSafetensors, WriterRefusesRepeatedNames) {
  Scratch scratch;
  std::vector<HostTensor> same = {patterned("x", DType::u8, {1}), patterned("x", DType::u8, {1})};
  expect_error(ErrorCode::invalid_argument, "'x'", [&] { write_safetensors(scratch.path("t"), same); });
  EXPECT_EQ(scratch.files(), 0u);
}

TEST(IoSafetensors, SurvivesEveryCutAndFlip) {
  Scratch scratch;
  std::vector<HostTensor> tensors = {patterned("a", DType::f32, {2, 3}), patterned("b", DType::boolean, {5})};
  write_safetensors(scratch.path("t"), tensors, {{"k", "v"}});
  expect_robust(slurp(scratch.path("t")), [](const Blob& b) {
    SafetensorsFile file = SafetensorsFile::parse(b, "x");
    std::vector<HostTensor> all;
    for (const auto& e : file.entries()) all.push_back(file.tensor(e));
    return all;
  });
}

}  // namespace
}  // namespace lathe
