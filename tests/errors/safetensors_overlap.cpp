// Tensors that share bytes: a change of one would be a change of the other.
#include "tests/errors/safetensors_lies.h"

namespace lathe {
namespace {
using namespace test;

std::string two_tensors(const std::string& second_offsets) {
  return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":)" +
         second_offsets + "}}";
}

TEST(ErrorsSafetensorsOverlap, InPart) {
  expect_weights_refused(safetensors_of(two_tensors("[1,3]"), "xyz"), ErrorCode::corrupt_file,
                         "tensor 'b' overlaps another (it begins at byte 1, expected 2)", "again");
}

TEST(ErrorsSafetensorsOverlap, Whole) {
  expect_weights_refused(safetensors_of(two_tensors("[0,2]"), "xy"), ErrorCode::corrupt_file, "overlaps another",
                         "again");
}

TEST(ErrorsSafetensorsOverlap, ANameTwice) {
  const std::string a = R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})";
  expect_weights_refused(safetensors_of("{" + a + "," + a + "}", "xy"), ErrorCode::corrupt_file, "twice", "again");
}

}  // namespace
}  // namespace lathe
