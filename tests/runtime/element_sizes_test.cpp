// A reshape by an input: its elements of every sign, changed from run to run, and refused where no tensor has them.
#include "tests/runtime/element_sizes.h"
#include "ops/reshape.h"
#include "tests/support/allocations.h"

namespace lathe {
namespace {
using namespace test;
using ir::Network;
using ir::ValueId;

/// x [n, m] under the shape that an input says.
class RuntimeElementSizes : public testing::Test {
 protected:
  static Engine reshaping() {
    Network network;
    const ValueId x = network.add_input("x", {DType::f32, {Dim::symbol("n"), Dim::symbol("m")}});
    const ValueId shape = sizes_input(network, "shape", {Dim(3)});
    network.mark_output("y", network.add1(ops::Reshape{}, {x, shape}, "fold"));
    return engine_for(network);
  }
  Status run(const Numbers& shape) {
    shape_ = shape;
    context_.set_input("x", tensor_of(DType::f32, {4, 6}, x_));
    context_.set_input("shape", tensor_of(DType::i64, {3}, shape_));
    return context_.run();
  }
  void expect_shape(const Numbers& shape, const Shape& expected) {
    const Status status = run(shape);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(context_.output("y").shape, expected);
    EXPECT_EQ(values_of<float>(context_, "y"), x_);
  }
  void expect_refused(const Numbers& shape, ErrorCode code, std::string_view what) {
    const Status status = run(shape);
    EXPECT_EQ(to_string(status.code()), to_string(code)) << status.message();
    EXPECT_NE(status.message().find(what), std::string::npos) << status.message();
    expect_shape({4, 2, 3}, {4, 2, 3});  // nothing is harmed
  }

  Engine engine_ = reshaping();
  Context context_ = engine_.context({.threads = 1});
  std::vector<float> x_ = rising(24);
  Numbers shape_;
};

TEST_F(RuntimeElementSizes, OfAReshape) {
  expect_shape({4, 2, 3}, {4, 2, 3});
  expect_shape({1, 24, 1}, {1, 24, 1});
  expect_shape({-1, 2, 3}, {4, 2, 3});
  expect_shape({0, -1, 2}, {4, 3, 2});
  expect_shape({0, 0, -1}, {4, 6, 1});
  expect_shape({2, -1, 12}, {2, 1, 12});
}

TEST_F(RuntimeElementSizes, ThatNoReshapeHas) {
  expect_refused({4, 2, 4}, ErrorCode::shape_mismatch, "fold");
  expect_refused({-1, 5, 2}, ErrorCode::shape_mismatch, "fold");
  expect_refused({-1, -1, 12}, ErrorCode::shape_mismatch, "fold");
  expect_refused({4, 6, 0}, ErrorCode::shape_mismatch, "fold");
  expect_refused({-2, 2, 3}, ErrorCode::out_of_range, "is -1 here");
  expect_refused({INT64_MIN, 2, 3}, ErrorCode::out_of_range, "fold");
  expect_refused({INT64_MAX, 1, 1}, ErrorCode::out_of_range, "outside the plan's range");
  expect_refused({int64_t{1} << 31, int64_t{1} << 31, 4}, ErrorCode::out_of_range, "outside the plan's range");
  expect_refused({2147483647, 2147483647, 2147483647}, ErrorCode::shape_mismatch, "fold");
}

/// The same memory with other numbers is another shape.
TEST_F(RuntimeElementSizes, ChangedInPlace) {
  expect_shape({4, 2, 3}, {4, 2, 3});
  shape_ = {3, 8, 1};
  ASSERT_TRUE(context_.run().ok());
  EXPECT_EQ(context_.output("y").shape, (Shape{3, 8, 1}));
  shape_[1] = 9;
  EXPECT_FALSE(context_.run().ok());
  shape_[1] = 8;
  EXPECT_TRUE(context_.run().ok());
}

/// Numbers that were there before take no memory.
TEST_F(RuntimeElementSizes, SeenBefore) {
  const auto run_both = [&] {
    for (const int64_t first : {4, -1}) {
      shape_[0] = first;
      ASSERT_TRUE(context_.run().ok());
    }
  };
  expect_shape({4, 2, 3}, {4, 2, 3});
  run_both();
  const int64_t before = allocations();
  run_both();
  EXPECT_EQ(allocations(), before);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(context_.run().ok());
  EXPECT_EQ(allocations(), before);
}

TEST_F(RuntimeElementSizes, Strided) {
  const Numbers apart = {3, -7, 4, -7, 2, -7};
  context_.set_input("x", tensor_of(DType::f32, {4, 6}, x_));
  ConstTensorRef shape = tensor_of(DType::i64, {3}, apart);
  shape.strides = {2};
  context_.set_input("shape", shape);
  ASSERT_TRUE(context_.run().ok());
  EXPECT_EQ(context_.output("y").shape, (Shape{3, 4, 2}));
  shape.data = apart.data() + 4;
  shape.strides = {-2};
  context_.set_input("shape", shape);
  ASSERT_TRUE(context_.run().ok());
  EXPECT_EQ(context_.output("y").shape, (Shape{2, 4, 3}));
}

/// The input is bound though no step reads it.
TEST_F(RuntimeElementSizes, LeftOut) {
  context_.set_input("x", tensor_of(DType::f32, {4, 6}, x_));
  const Status status = context_.run();
  EXPECT_EQ(to_string(status.code()), "invalid_argument");
  EXPECT_NE(status.message().find("shape: this input is missing"), std::string::npos) << status.message();
  const std::vector<TensorInfo> inputs = engine_.inputs();
  EXPECT_FALSE(inputs[1].optional);
  EXPECT_EQ(inputs[1].elements.size(), 3u);
  expect_shape({4, 2, 3}, {4, 2, 3});
}

TEST_F(RuntimeElementSizes, MemoryFollows) {
  context_.set_input("x", tensor_of(DType::f32, {4, 6}, x_));
  shape_ = {4, 2, 3};
  context_.set_input("shape", tensor_of(DType::i64, {3}, shape_));
  EXPECT_GT(context_.required_bytes(), 0u);
  shape_ = {4, 2, 4};
  EXPECT_THROW(context_.required_bytes(), Error);
}

}  // namespace
}  // namespace lathe
