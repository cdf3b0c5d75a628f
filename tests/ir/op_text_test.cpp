// Attributes that travel as text: read back as they were, from a printed op and from a plan's.
#include <gtest/gtest.h>

#include "lathe/error.h"
#include "ops/resize.h"
#include "ops/rnn.h"
#include "plan/json_attributes.h"
#include "tests/io/scratch.h"

namespace lathe::ops {
namespace {

TEST(IrOpText, ListsOfNumbers) {
  const Resize op{
      .mode = ResizeMode::cubic, .shape = {2, 3}, .scales = {{1, 0.1}}, .roi = {{0, -1e-300, 1e300, 1.0 / 3}}};
  const Op read = plan::read_op(plan::write_op(op));
  EXPECT_EQ(read, Op(op)) << read.str();
  EXPECT_EQ(Op(Resize{.scales = {{1, 0.5}}}).str(), "resize(scales=\"1, 0.5\")");
  Numbers numbers{{1, 2}};
  parse("", numbers);
  EXPECT_TRUE(numbers.empty());
  for (const char* text : {"1,", ",", "x", "1 2", "0x1", "nan", "inf", "1e999", "1; 2"})
    io_test::expect_error(ErrorCode::corrupt_file, "", [&] { parse(text, numbers); });
}

TEST(IrOpText, ListsOfActivations) {
  const Rnn op{.direction = RnnDirection::reverse,
               .activations = {{RnnActivation::hard_sigmoid, RnnActivation::scaled_tanh, RnnActivation::relu}},
               .alpha = {{0.2, 1.7159, 0}},
               .clip = 3};
  const Op read = plan::read_op(plan::write_op(op));
  EXPECT_EQ(read, Op(op)) << read.str();
  EXPECT_EQ(to_string(op.activations), "hard_sigmoid, scaled_tanh, relu");
  RnnActivations activations;
  for (const char* text : {"tanh,", "Tanh", "tanh tanh"})
    io_test::expect_error(ErrorCode::corrupt_file, "", [&] { parse(text, activations); });
}

}  // namespace
}  // namespace lathe::ops
