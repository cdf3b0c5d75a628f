#include "io/npy.h"

#include "scratch.h"

namespace lathe {
namespace {
using namespace io_test;

constexpr DType kTypes[] = {DType::f64, DType::f32, DType::f16, DType::i64, DType::i32, DType::i16,
                            DType::i8,  DType::u64, DType::u32, DType::u16, DType::u8,  DType::boolean};
const Shape kShapes[] = {{}, {1}, {0}, {7}, {3, 5}, {2, 0, 3}, {1, 2, 3, 4, 5, 1, 2, 1}};

/// A file of a given version and dict text, header padded as NumPy pads it.
std::string npy(int version, std::string dict, std::string_view elements) {
  size_t prefix = version == 1 ? 10 : 12;
  dict.append(63 - (prefix + dict.size()) % 64, ' ');
  dict += '\n';
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (size_t i = 0; i < prefix - 8; ++i) file += static_cast<char>((dict.size() >> (8 * i)) & 0xff);
  return file + dict + std::string(elements);
}

std::string elements_of(const HostTensor& t) { return {reinterpret_cast<const char*>(t.data.data), t.data.size}; }

HostTensor parse(const std::string& bytes) { return parse_npy(blob_of(bytes), "test.npy"); }

TEST(IoNpy, RoundTripsEveryTypeAndShape) {
  Scratch scratch;
  for (DType type : kTypes)
    for (const Shape& shape : kShapes) {
      HostTensor tensor = patterned("", type, shape);
      write_npy(scratch.path("t.npy"), tensor);
      expect_same(read_npy(scratch.path("t.npy")), tensor);
    }
}

TEST(IoNpy, HeaderIsNumPysOwn) {
  std::string header = npy_header(DType::f32, {2, 3});
  EXPECT_EQ(header.size() % 64, 0u);
  EXPECT_EQ(header.substr(10, 60), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } ");
  EXPECT_EQ(header.back(), '\n');
  EXPECT_NE(npy_header(DType::i64, {5}).find("'<i8', 'fortran_order': False, 'shape': (5,), }"), std::string::npos);
  EXPECT_NE(npy_header(DType::boolean, {}).find("'|b1', 'fortran_order': False, 'shape': (), }"), std::string::npos);
}

TEST(IoNpy, Bf16IsWrittenAsF32) {
  Scratch scratch;
  write_npy(scratch.path("t.npy"), host_tensor<uint16_t>("", DType::bf16, {2}, {0x3f80, 0xc040}));
  expect_same(read_npy(scratch.path("t.npy")), host_tensor<float>("", DType::f32, {2}, {1.0f, -3.0f}));
}

TEST(IoNpy, ReadsVersionsAndSpellings) {
  std::string four("\1\0\0\0\2\0\0\0", 8);
  HostTensor expected = host_tensor<int32_t>("", DType::i32, {2}, {1, 2});
  for (int version : {1, 2, 3})
    expect_same(parse(npy(version, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", four)), expected);
  expect_same(parse(npy(1, "{\"shape\": (2L,), 'fortran_order': True , 'descr':'=i4'}", four)), expected);
}

TEST(IoNpy, TransposesFortranOrder) {
  HostTensor t = parse(npy(1, "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }",
                           std::string("\0\0\3\0\1\0\4\0\2\0\5\0", 12)));
  expect_same(t, host_tensor<int16_t>("", DType::i16, {2, 3}, {0, 1, 2, 3, 4, 5}));
  HostTensor cube = parse(
      npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2), }", std::string("\0\4\2\6\1\5\3\7", 8)));
  expect_same(cube, host_tensor<uint8_t>("", DType::u8, {2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(IoNpy, CleansBooleansAndAlignment) {
  std::string file = npy(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", std::string("\0\2\1", 3));
  expect_same(parse(file), host_tensor<uint8_t>("", DType::boolean, {3}, {0, 1, 1}));
  std::string shifted = "x" + npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", std::string(8, '\0'));
  Blob blob = blob_of(shifted);
  HostTensor scalar = parse_npy(blob.sub(1, blob.size - 1), "shifted");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(scalar.data.data) % 8, 0u);
}

TEST(IoNpy, RefusesElementsItCannotHold) {
  auto with = [](const std::string& descr) {
    return npy(1, "{'descr': " + descr + ", 'fortran_order': False, 'shape': (2,), }", std::string(32, '\0'));
  };
  for (const char* descr : {"'<c8'", "'|O'", "'<U4'", "'|S8'", "'<M8[ns]'", "'|V2'", "''", "[('a', '<f4')]"})
    expect_error(ErrorCode::unsupported, "test.npy", [&] { parse(with(descr)); });
  expect_error(ErrorCode::unsupported, "big-endian", [&] { parse(with("'>f4'")); });
  expect_error(ErrorCode::unsupported, "more than 8 dimensions",
               [&] { parse(npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", "x")); });
}

TEST(IoNpy, RefusesDamage) {
  const char* bad[] = {
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904, 0), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
      "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,), }",
      "{'descr': '<f4', 'shape': (2,), }",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': 2, }",
      "{'descr': '<f4, 'fortran_order': False, 'shape': (2,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x",
      "[]",
      "",
  };
  for (const char* dict : bad)
    expect_error(ErrorCode::corrupt_file, "test.npy", [&] { parse(npy(1, dict, std::string(8, '\0'))); });
  expect_error(ErrorCode::corrupt_file, "no npy file", [&] { parse("hello world, no array"); });
  expect_error(ErrorCode::unsupported_version, "version 9.0",
               [&] { parse(npy(9, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "1234")); });
  std::string lies = npy(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "1234");
  lies[11] = '\x7f';
  expect_error(ErrorCode::corrupt_file, "header", [&] { parse(lies); });
}

TEST(IoNpy, SurvivesEveryCutAndFlip) {
  HostTensor tensor = patterned("", DType::f32, {3, 5});
  auto reader = [](const Blob& b) { return std::vector<HostTensor>{parse_npy(b, "x")}; };
  expect_robust(npy_header(tensor.dtype, tensor.shape) + elements_of(tensor), reader);
  expect_robust(npy(3, "{'descr': '|b1', 'fortran_order': True, 'shape': (2, 3), }", "\1\2\3\4\5\6"), reader);
}

}  // namespace
}  // namespace lathe
