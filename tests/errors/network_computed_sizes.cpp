// Networks that compute sizes from what only a run knows, or sizes that nothing can have.
#include "ir/parse.h"
#include "ops/expand.h"
#include "ops/range.h"
#include "ops/reshape.h"
#include "ops/shape.h"
#include "tests/errors/refusal.h"

namespace lathe {
namespace {

/// The node and the operand at fault, and the cure.
TEST(ErrorsNetworkComputedSizes, OfNumbersThatOnlyARunKnows) {
  ir::Network network;
  const ir::ValueId x = network.add_input("x", {DType::f32, {Dim::symbol("n")}});
  const ir::ValueId sizes = network.add_input("sizes", {DType::i64, {Dim(2)}});
  const char* cure = "compute it from constants and the shapes of tensors alone";
  test::expect_refusal(ErrorCode::unsupported, {"heads", "input 1 (shape) holds numbers that only a run knows", cure},
                       [&] {
                         network.add(ops::Reshape{}, {x, sizes}, "heads");
                       });
  test::expect_refusal(ErrorCode::unsupported, {"wide", "input 1 (shape) holds numbers that only a run knows", cure},
                       [&] {
                         network.add(ops::Expand{}, {x, sizes}, "wide");
                       });
  // Nothing of what was refused is left.
  EXPECT_TRUE(network.nodes().empty());
}

void expect_refused(const std::string& node, const std::string& what) {
  try {
    ir::parse(
        "input %x: f32[n, 6]\n"
        "constant %two: i64[2] = [0, 4]\n"
        "constant %open: i64[2] = [-1, -1]\n"
        "constant %three: i64[3] = [0, 0, 0]\n"
        "constant %zero: i64[] = [0]\n"
        "constant %real: f32[2] = [1, 2]\n"
        "constant %minus: i64[4] = [0, 0, -1, 0]\n"
        "%sizes.out: i64[2] = shape (%x)\n" +
        node + "\noutput y = %y.out\n");
    ADD_FAILURE() << node;
  } catch (const Error& error) {
    EXPECT_NE(std::string_view(error.what()).find(what), std::string_view::npos) << error.what();
  }
}

TEST(ErrorsNetworkComputedSizes, ThatNothingCanHave) {
  expect_refused("%y.out: f32[n, 4] = reshape (%x, %two)", "the counts differ");
  expect_refused("%y.out: f32[n, 6] = reshape (%x, %open)", "two dimensions are -1");
  expect_refused("%y.out: f32[n, 6] = reshape (%x, %three)", "x has no dimension 2 to keep");
  expect_refused("%y.out: f32[n, 6] = reshape (%x, %real)", "must be i32 or i64");
  expect_refused("%y.out: f32[n, 6] = reshape(shape=[n, 6]) (%x, %sizes.out)", "an attribute and an input");
  expect_refused("%y.out: f32[n, 6] = slice (%x, %zero, %zero, %two)", "need one length");
  expect_refused("%y.out: f32[n, 6] = slice (%x, %sizes.out, %sizes.out, %sizes.out)", "which depends on sizes");
  expect_refused("%y.out: f32[n, 6] = slice (%x, %two, %two, %zero, %zero)", "need one length");
  expect_refused("%y.out: f32[n, 6] = pad (%x, %two)", "two values an axis");
  expect_refused("%y.out: f32[n, 6] = pad (%x, %minus)", "use slice");
  expect_refused("%y.out: i64[n] = range (%zero, %zero, %zero)", "the step is 0");
  expect_refused("%y.out: i64[n] = range (%zero, %two, %zero)", "must be one number");
  expect_refused("%y.out: f32[n, 6] = expand (%x, %two)", "do not broadcast");
  expect_refused("%y.out: f64[2] = shape(dtype=f64) (%x)", "sizes are i32 or i64");
}

}  // namespace
}  // namespace lathe
