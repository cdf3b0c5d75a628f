#include "io/tensor.h"

#include <limits>

#include "io/tensor_file.h"
#include "scratch.h"

namespace lathe {
namespace {
using namespace io_test;

TEST(IoTensor, ByteCountsAreCheckedForOverflow) {
  EXPECT_EQ(tensor_bytes(DType::f32, {}), 4);
  EXPECT_EQ(tensor_bytes(DType::f16, {3, 5}), 30);
  EXPECT_EQ(tensor_bytes(DType::f64, {1000, 0}), 0);
  EXPECT_EQ(tensor_bytes(DType::u8, {-1}), -1);
  EXPECT_EQ(tensor_bytes(DType::u8, {0, -1}), -1);
  EXPECT_EQ(tensor_bytes(DType::f64, {int64_t{1} << 60}), -1);
  EXPECT_EQ(tensor_bytes(DType::u8, {int64_t{1} << 40, int64_t{1} << 40, 0}), -1);
}

TEST(IoTensor, ConvertsBetweenTypes) {
  HostTensor f = host_tensor<float>("f", DType::f32, {3}, {1.0f, -2.5f, 65536.0f});
  EXPECT_EQ(converted(f, DType::f64).as<double>()[1], -2.5);
  EXPECT_EQ(converted(f, DType::f16).as<uint16_t>()[2], 0x7c00);
  EXPECT_EQ(converted(converted(f, DType::bf16), DType::f32).as<float>()[2], 65536.0f);
  HostTensor i = host_tensor<int64_t>("i", DType::i64, {2}, {-7, 1 << 20});
  EXPECT_EQ(converted(i, DType::i32).as<int32_t>()[0], -7);
  EXPECT_EQ(converted(i, DType::f32).as<float>()[1], 1048576.0f);
  HostTensor b = host_tensor<uint8_t>("b", DType::boolean, {2}, {0, 1});
  EXPECT_EQ(converted(b, DType::i64).as<int64_t>()[1], 1);
  expect_error(ErrorCode::out_of_range, "too large for i32",
               [] { converted(host_tensor<int64_t>("i", DType::i64, {1}, {int64_t{1} << 40}), DType::i32); });
  expect_error(ErrorCode::out_of_range, "too large for i64", [] {
    converted(host_tensor<uint64_t>("u", DType::u64, {1}, {std::numeric_limits<uint64_t>::max()}), DType::i64);
  });
  expect_error(ErrorCode::unsupported, "f32 cannot be read as i64", [&] { converted(f, DType::i64); });
}

TEST(IoTensorFile, TellsFormatsByContentAndWritesByEnding) {
  Scratch scratch;
  std::vector<HostTensor> tensors = {patterned("a", DType::f32, {2}), patterned("b", DType::i64, {3})};
  for (const char* name : {"t.npz", "t.safetensors"}) {
    write_tensor_file(scratch.path(name), tensors);
    std::filesystem::rename(scratch.path(name), scratch.path("plain"));
    std::vector<HostTensor> got = read_tensor_file(scratch.path("plain"));
    ASSERT_EQ(got.size(), 2u);
    expect_same(got[0], tensors[0]);
    expect_same(got[1], tensors[1]);
  }
  write_tensor_file(scratch.path("t.npy"), std::span(tensors).first(1));
  EXPECT_EQ(read_tensor_file(scratch.path("t.npy")).at(0).data.size, 8u);
  expect_error(ErrorCode::invalid_argument, "one tensor", [&] { write_tensor_file(scratch.path("t.npy"), tensors); });
  expect_error(ErrorCode::invalid_argument, "does not tell", [&] { check_tensor_file_name("x.txt", 1); });
  expect_error(ErrorCode::corrupt_file, "no NumPy file", [&] { read_tensor_file(scratch.put("bad.npy", "hello")); });
  expect_error(ErrorCode::corrupt_file, "too few", [&] { read_tensor_file(scratch.put("e", "")); });
}

}  // namespace
}  // namespace lathe
