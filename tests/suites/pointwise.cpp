#include "ops/pointwise.h"

#include <gtest/gtest.h>

#include "tests/io/scratch.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

ops::Pointwise program(std::string_view text) {
  ops::Pointwise op;
  parse(text, op.program);
  return op;
}

TEST(SuitePointwise, FloatsInChains) {
  Random random(3);
  // The reference rounds the result of each step.
  Suite suite("pointwise", {.f32 = 2e-6, .bf16 = 1.2e-2, .f16 = 1.8e-3});
  for (DType type : {DType::f32, DType::bf16, DType::f16, DType::f64}) {
    const auto x = [&](const Shape& shape) { return random.normal_tensor("x", type, shape, 1); };
    const ops::Pointwise scaled = program("mul(0,1); add(3,2); gelu(4)"), alone = program("silu(0); mul(1,1)");
    for (int64_t width : {int64_t{1}, int64_t{3}, int64_t{17}, int64_t{1024}, int64_t{1500}}) {
      suite.check({scaled, {x({5, width}), x({width}), x({5, 1})}});
      suite.check({scaled, {x({5, width}), x({}), x({1, width})}});
      suite.check({alone, {x({7, width})}});
    }
    suite.check({scaled, {x({2, 3, 4, 5}), x({3, 1, 5}), x({2, 1, 4, 1})}});
    suite.check({scaled, {x({1, 5}), x({7, 1}), x({3, 1, 1})}});
    suite.check({scaled, {x({0, 5}), x({5}), x({1, 1})}});
    suite.check({alone, {x({})}});
  }
  suite.check_coverage();
}

TEST(SuitePointwise, TypesBetweenSteps) {
  Random random(4);
  Suite suite("pointwise", {});
  const ops::Pointwise mask = program("greater(0,1); where(2,0,1); mul(3,3); not(2); where(5,4,0)");
  suite.check(
      {mask, {random.normal_tensor("x", DType::f32, {3, 50}, 1), random.normal_tensor("y", DType::f32, {50}, 1)}});
  for (DType type : {DType::i64, DType::i32, DType::i16, DType::i8, DType::u64, DType::u32, DType::u16, DType::u8}) {
    const auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 100); };
    suite.check({program("mul(0,0); mul(2,2); floor_div(3,1); mod(4,1); equal(5,0); not(6)"), {x({5, 33}), x({33})}});
    suite.check({program("sub(0,1); cast[f32](2); scaled_tanh[0.5,0.25](3); cast[bf16](4); cast[f32](5)"),
                 {x({4, 1, 9}), x({3, 9})}});
    suite.check({program("cast[bool](0); cast[i64](1); cast[u8](2)"), {x({40})}});
  }
}

/// Results that are no longer needed make room for others.
TEST(SuitePointwise, LongPrograms) {
  Random random(5);
  Suite suite("pointwise", {});
  std::string text = "add(0,1)";
  for (int i = 2; i < 33; ++i) {
    const std::string n = std::to_string(i), before = std::to_string(i - 1);
    text += i % 2 == 0 ? "; mul(" + n + ",0)" : "; add(" + n + "," + before + ")";
  }
  const auto x = [&](int64_t n) { return random.normal_tensor("x", DType::f32, {n}, 0, 0.5); };
  suite.check({program(text), {x(2000), x(2000)}});
  suite.check({program(text), {x(2000), x(1)}});
}

TEST(SuitePointwise, Text) {
  for (std::string_view text :
       {"add(0,1); gelu(2)", "clip[-inf,6](0)", "cast[f16](0); where(1,2,3)", "not(0); shift_left(1,2); less(3,0)"})
    EXPECT_EQ(to_string(program(text).program), text);
  for (std::string_view text : {"add", "add(0,1", "adds(0)", "add(x)", "clip[1](0)", "add[1,1](0,1)", "cast[f16(0)"})
    EXPECT_THROW(program(text), Error) << text;
  EXPECT_TRUE(is_refused(program(""), {type_of("f32[2]")}));
  EXPECT_TRUE(is_refused(program("add(0,2)"), {type_of("f32[2]"), type_of("f32[2]")}));
  EXPECT_TRUE(is_refused(program("add(0,1)"), {type_of("f32[2]"), type_of("i32[2]")}));
}

}  // namespace
}  // namespace lathe::test
