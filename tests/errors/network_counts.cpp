// Networks whose run-time sizes nobody can bound before they run, and values of more dimensions than a shape has.
#include "compiler/compile.h"
#include "ir/parse.h"
#include "ops/gather.h"
#include "tests/errors/refusal.h"

namespace lathe {
namespace {

void expect_unsupported(std::string_view text, const test::Line& line) {
  test::expect_refusal(ErrorCode::unsupported, line, [&] { compiler::compile(ir::parse(text), {}); });
}

TEST(ErrorsNetworkCounts, MaskOfCountedSize) {
  expect_unsupported(
      "input %mask: i32[batch, seq]\n"
      "%a: i32[tokens], %b: i32[batch + 1] = pack_index (%mask) @one\n"
      "%c.out: i32[tokens, 1] = reshape(shape=[tokens, 1]) (%a)\n"
      "%d: i32[tokens], %e: i32[tokens + 1] = pack_index (%c.out) @two\n"
      "output y = %d\n"
      "output z = %e\n",
      {"tokens", "two steps count it", "a symbol of its own"});
  expect_unsupported(
      "input %mask: i32[batch, seq]\n"
      "%a: i32[tokens], %b: i32[batch + 1] = pack_index (%mask) @one\n"
      "%c.out: i32[tokens, 1] = reshape(shape=[tokens, 1]) (%a)\n"
      "%d: i32[more], %e: i32[tokens + 1] = pack_index(symbol=more) (%c.out) @two\n"
      "output y = %d\n",
      {"more", "is known only when the network has run", "count what has sizes of the inputs"});
  expect_unsupported(
      "input %mask: i32[tokens, 2]\n"
      "%a: i32[tokens], %b: i32[tokens + 1] = pack_index (%mask) @one\n"
      "output y = %a\n",
      {"tokens", "is known only when the network has run", "count what has sizes of the inputs"});
}

/// All but the first of what is found: for none found, a size of -1.
TEST(ErrorsNetworkCounts, SizeThatNoBoundBounds) {
  expect_unsupported(
      "input %x: f32[n]\n"
      "%a.out: i64[1, g] = non_zero(symbol=g) (%x)\n"
      "%b.out: i64[1, g - 1] = slice(start=[0, 1], size=[1, g - 1]) (%a.out)\n"
      "output y = %b.out\n",
      {"b", "its size g - 1 falls where a count rises", "no differences"});
}

/// 2^62 floats are 2^64 bytes, which are not 0 bytes.
TEST(ErrorsNetworkCounts, ConstantWhoseSizeWraps) {
  ir::Network network;
  try {
    network.add_constant("w", {DType::f32, {Dim(int64_t{1} << 31), Dim(int64_t{1} << 31)}}, {});
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::shape_mismatch) << error.what();
  }
}

TEST(ErrorsNetworkCounts, NineDimensions) {
  ir::Network network;
  const ir::ValueId x = network.add_input("x", {DType::i32, std::vector<Dim>(5, Dim(1))});
  test::expect_refusal(ErrorCode::unsupported, {"deep", "has more than 8 dimensions", "use fewer dimensions"}, [&] {
    network.add(ops::Gather{}, {x, x}, "deep");
  });
}

}  // namespace
}  // namespace lathe
