// Element types of less than a byte: carried from end to end, computed with by no op yet.
#include <gtest/gtest.h>

#include <cstring>

#include "plan/file.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

TEST(RuntimeTypes, NibblesAreCarried) {
  const Engine engine =
      engine_by_file(text_plan("network nibbles\n"
                               "input %x: u4[n, 3]\n"
                               "constant %c: i4[5] = 0x210f43\n"
                               "output x = %x\n"
                               "output c = %c\n"));
  Context context = engine.context({.threads = 1});
  const std::vector<uint8_t> x = {0x21, 0x43, 0x65, 0x87, 0x09};
  context.set_input("x", {DType::u4, {3, 3}, x.data()});
  const Status status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(std::memcmp(context.output("x").data, x.data(), 5), 0);
  EXPECT_EQ(std::memcmp(context.output("c").data, "\x21\x0f\x43", 3), 0);
}

TEST(RuntimeTypes, NibblesAreNotComputedWith) {
  try {
    text_plan("input %x: i4[n]\n%y.out: i4[n] = binary(kind=add) (%x, %x)\noutput y = %y.out\n");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(to_string(error.code()), to_string(ErrorCode::unsupported));
    EXPECT_NE(std::string_view(error.what()).find("unsupported type i4"), std::string_view::npos) << error.what();
  }
}

TEST(RuntimeTypes, BytesOfElements) {
  EXPECT_EQ(bytes_of(DType::i4, 0), 0);
  EXPECT_EQ(bytes_of(DType::i4, 1), 1);
  EXPECT_EQ(bytes_of(DType::u4, 7), 4);
  EXPECT_EQ(bytes_of(DType::f8e4m3, 7), 7);
  EXPECT_EQ(bytes_of(DType::f64, INT64_MAX), INT64_MAX);
}

/// What a tensor's integers stand for is kept in the file, and refused where it names what is no scale of it.
TEST(RuntimeTypes, QuantizationOfTensors) {
  plan::Plan plan = text_plan(
      "input %x: i8[n, 3]\nconstant %s: f32[3] = [0.5, 1, 2]\nconstant %z: i8[3] = 0x000102\n"
      "output x = %x\noutput s = %s\noutput z = %z\n");
  const auto place = [&](std::string_view name) {
    for (size_t t = 0; t < plan.tensors.size(); ++t)
      if (plan.tensors[t].name == name) return static_cast<int>(t);
    return -1;
  };
  plan::Tensor& x = plan.tensors[static_cast<size_t>(place("x"))];
  const plan::Quantization good{place("s"), place("z"), 1};
  x.quantization = good;
  const io_test::Scratch scratch;
  plan::write_file(plan, scratch.path("q.plan"));
  const plan::Plan again = plan::read_file(scratch.path("q.plan"), true);
  EXPECT_TRUE(again.tensors[static_cast<size_t>(place("x"))].quantization == good);
  const auto refused = [&](const plan::Quantization& bad, const char* problem) {
    x.quantization = bad;
    expect_refusal(ErrorCode::corrupt_file, {"bad", problem, "build the plan again"},
                   [&] { plan::validate(plan, "bad"); });
  };
  refused({good.scale, good.zero_point, 2}, "along no dimension");
  refused({good.scale, good.zero_point, 0}, "of another kind");
  refused({good.scale, good.zero_point, -1}, "of another kind");
  refused({-1, good.zero_point, 1}, "of another kind");
  refused({good.scale, good.scale, 1}, "of another kind");
  refused({1000, -1, 1}, "of another kind");
  refused({place("x"), -1, 1}, "of another kind");
}

}  // namespace
}  // namespace lathe
