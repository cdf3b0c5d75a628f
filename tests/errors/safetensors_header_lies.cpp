// A header whose sizes contradict each other or the file.
#include "tests/errors/safetensors_lies.h"

namespace lathe {
namespace {
using namespace test;

constexpr const char* kCure = "download or save the file again";

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

TEST(ErrorsSafetensorsHeaderLies, AboutItsOwnLength) {
  std::string file = safetensors_of("{}", "");
  file[0] = 3;
  expect_weights_refused(file, ErrorCode::corrupt_file, "its header has 3 bytes, but the file has 10", kCure);
  file.assign(16, '\xff');
  expect_weights_refused(file, ErrorCode::corrupt_file, "its header has 18446744073709551615 bytes", kCure);
  expect_weights_refused(safetensors_of("", ""), ErrorCode::corrupt_file, "does not begin with '{'", kCure);
}

TEST(ErrorsSafetensorsHeaderLies, AboutWhereATensorLies) {
  const std::pair<std::string, const char*> cases[] = {
      {tensor("U8", "[3]", "[0,3]"), "lies at bytes 0 to 3, but the file has 2"},
      {tensor("U8", "[2]", "[2,0]"), "lies at bytes 2 to 0"},
      {tensor("U8", "[2]", "[18446744073709551615,1]"), "lies at bytes 18446744073709551615 to 1"},
      {tensor("U8", "[1]", "[1,2]"), "leaves a gap before it"},
      {tensor("U8", "[1]", "[0,1]"), "the tensors end at byte 1 of 2"},
  };
  for (const auto& [header, what] : cases)
    expect_weights_refused(safetensors_of(header, "xy"), ErrorCode::corrupt_file, what, kCure);
}

TEST(ErrorsSafetensorsHeaderLies, AboutATensorsSize) {
  const std::pair<std::string, const char*> cases[] = {
      {tensor("F64", "[2]", "[0,2]"), "needs 16 bytes and has 2"},
      {tensor("U8", "[]", "[0,2]"), "needs 1 bytes and has 2"},
      {tensor("U8", "[4294967296,4294967296]", "[0,2]"), "needs too many bytes"},
      {tensor("U8", "[9223372036854775808]", "[0,2]"), "a dimension of 9223372036854775808"},
  };
  for (const auto& [header, what] : cases)
    expect_weights_refused(safetensors_of(header, "xy"), ErrorCode::corrupt_file, what, kCure);
}

}  // namespace
}  // namespace lathe
