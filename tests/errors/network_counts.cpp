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
}

void expect_invalid(std::string_view text, const test::Line& line) {
  test::expect_refusal(ErrorCode::invalid_argument, line, [&] { compiler::compile(ir::parse(text), {}); });
}

TEST(ErrorsNetworkCounts, CountsThatAnInputHas) {
  expect_invalid(
      "input %mask: i32[tokens, 2]\n"
      "%a: i32[tokens], %b: i32[tokens + 1] = pack_index (%mask) @one\n"
      "output y = %a\n",
      {"one", "it counts tokens, which is a size of an input", "name what it counts otherwise"});
  expect_invalid(
      "input %x: f32[n]\n"
      "input %z: f32[count]\n"
      "%found.out: i64[1, count] = non_zero (%x)\n"
      "output y = %found.out\n"
      "output z = %z\n",
      {"found", "it counts count, which is a size of an input", "name what it counts otherwise"});
  // Before passes look for an order of nodes, in which what speaks of a count comes behind it.
  expect_invalid(
      "input %x: i32[n, tokens]\n"
      "%f.out: f32[n, tokens] = cast (%x)\n"
      "%g.out: i32[n, tokens] = cast(to=i32) (%f.out)\n"
      "%a: i32[tokens], %b: i32[n + 1] = pack_index (%g.out) @one\n"
      "output y = %a\n",
      {"one", "it counts tokens, which is a size of an input", "name what it counts otherwise"});
}

/// A slip in a name is no size of 0.
TEST(ErrorsNetworkCounts, SizesThatNothingSays) {
  expect_invalid(
      "input %x: f32[n]\n"
      "%s.out: f32[k] = slice(start=[0], size=[k]) (%x)\n"
      "output y = %s.out\n",
      {"s", "of its size k nothing says what k is", "name a dimension of an input"});
  expect_invalid(
      "input %p: bool[]\n"
      "input %x: f32[n]\n"
      "%f.out: f32[n] = if(results=[f32[n]]) (%p, %x)\n"
      "block\n"
      "  input %x: f32[n]\n"
      "  %s.out: f32[k] = slice(start=[0], size=[k]) (%x)\n"
      "  %r.out: f32[] = reduce(kind=sum, axes=[0], keep_dims=false) (%s.out)\n"
      "  %y.out: f32[n] = binary(kind=add) (%x, %r.out)\n"
      "  output y = %y.out\n"
      "end\n"
      "block\n"
      "  input %x: f32[n]\n"
      "  output y = %x\n"
      "end\n"
      "output y = %f.out\n",
      {"s", "of its size k nothing says what k is", "name a dimension of an input"});
}

/// All but the first of what is found: for none found, a size of -1.
TEST(ErrorsNetworkCounts, SizeThatNoBoundBounds) {
  expect_unsupported(
      "input %x: f32[n]\n"
      "%a.out: i64[1, g] = non_zero(symbol=g) (%x)\n"
      "%b.out: i64[1, g - 1] = slice(start=[0, 1], size=[1, g - 1]) (%a.out)\n"
      "output y = %b.out\n",
      {"b", "its size g - 1 falls where a count rises", "no differences"});
  expect_unsupported(
      "input %p: bool[]\n"
      "input %x: f32[n]\n"
      "%a.out: i64[1, g] = non_zero(symbol=g) (%x)\n"
      "%f.out: i64[1] = if(results=[i64[1]]) (%p, %a.out)\n"
      "block\n"
      "  input %a: i64[1, g]\n"
      "  %b.out: i64[1, g - 1] = slice(start=[0, 1], size=[1, g - 1]) (%a)\n"
      "  %y.out: i64[1] = reduce(kind=sum, axes=[1], keep_dims=false) (%b.out)\n"
      "  output y = %y.out\n"
      "end\n"
      "block\n"
      "  input %a: i64[1, g]\n"
      "  %y.out: i64[1] = reduce(kind=sum, axes=[1], keep_dims=false) (%a)\n"
      "  output y = %y.out\n"
      "end\n"
      "output y = %f.out\n",
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
