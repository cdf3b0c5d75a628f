// Elements of inputs as sizes: numbers until a node makes a dimension of them, and names for what ops compute.
#include <gtest/gtest.h>

#include "base/number.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "lathe/error.h"
#include "ops/binary.h"
#include "ops/compare.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/reshape.h"
#include "ops/unary.h"

namespace lathe {
namespace {
using ir::Network;
using ir::ValueId;

class IrDefinitions : public testing::Test {
 protected:
  ValueId input(std::string_view name, std::vector<Dim> shape, DType type) {
    const ValueId id = network_.add_input(name, {type, std::move(shape)});
    network_.follow_elements(id);
    return id;
  }
  const std::vector<Dim>& shape_of(ValueId id) const { return network_.value(id).type.shape; }
  std::string element(ValueId id, size_t i) const { return network_.elements(id)->at(i)->str(); }
  /// As its text says it.
  void expect_text_keeps_it() const { EXPECT_EQ(ir::print(ir::parse(ir::print(network_))), ir::print(network_)); }

  Network network_;
  ValueId x_ = input("x", {Dim::symbol("n"), Dim::symbol("m")}, DType::f32);
  ValueId one_ = input("one", {}, DType::f32);
  ValueId sizes_ = input("of x", {Dim(2)}, DType::i64);
};

TEST_F(IrDefinitions, OfFewWholeNumbersAlone) {
  EXPECT_EQ(element(sizes_, 0), "$of_x.0");
  EXPECT_EQ(element(input("of?x", {Dim(1)}, DType::i32), 0).substr(0, 6), "$of_x.");
  EXPECT_NE(element(input("of!x", {Dim(1)}, DType::i32), 0), "$of_x.0");
  for (const Dim& count : {Dim(0), Dim(17), Dim::symbol("n")})
    EXPECT_FALSE(network_.elements(input("other", {count}, DType::i64)));
  EXPECT_FALSE(network_.elements(one_));
  EXPECT_FALSE(network_.elements(input("flag", {}, DType::boolean)));
}

/// Nothing is proved of a number, whatever is proved of sizes.
TEST_F(IrDefinitions, NumbersHaveAnySign) {
  const Dim a = number("a"), n = Dim::symbol("n");
  EXPECT_TRUE(has_numbers(Dim::max(n, a * Dim(2)) + n));
  EXPECT_FALSE(has_numbers(Dim::max(n, Dim(2)) + n));
  EXPECT_FALSE(a.is_rising() || (a + n).is_rising() || Dim::max(a, Dim(1)).is_rising() || (a * a).is_rising());
  EXPECT_EQ(Dim::max(a, Dim(0)).str(), "max($a, 0)");
  EXPECT_EQ(Dim::parse((a - n * a + Dim(3)).str()), a - n * a + Dim(3));
  for (const char* text : {"$", "$ a", "$$a", "a$b", "1$"}) EXPECT_THROW(Dim::parse(text), Error) << text;
  const ValueId zero = network_.add_constant("zero", {DType::i64, {}}, {Blob::copy_of("\0\0\0\0\0\0\0\0", 8), nullptr});
  const ValueId less = network_.add1(ops::Compare{ops::CompareKind::less}, {sizes_, zero}, "less");
  EXPECT_FALSE(network_.elements(less) && network_.elements(less)->at(0));
}

/// A dimension is not negative: the number is a size from there on, for all who speak of it.
TEST_F(IrDefinitions, DimensionsAreSizes) {
  const ValueId more = network_.add1(ops::Binary{}, {sizes_, sizes_}, "more");
  EXPECT_EQ(element(more, 1), "2*$of_x.1");
  const ValueId wide = network_.add1(ops::Expand{}, {one_, sizes_}, "wide");
  EXPECT_EQ(to_string(shape_of(wide)), "[of_x.0, of_x.1]");
  EXPECT_EQ(element(more, 1), "2*of_x.1");
  network_.mark_output("y", wide);
  expect_text_keeps_it();
  // What must be equal gets one name.
  network_.add1(ops::Binary{}, {wide, x_}, "sum");
  EXPECT_EQ(to_string(shape_of(wide)), "[n, m]");
  EXPECT_EQ(element(sizes_, 0), "n");
  expect_text_keeps_it();
}

TEST_F(IrDefinitions, WhatIsComputedGetsOneName) {
  const ValueId fold = network_.add1(ops::Reshape{}, {x_, sizes_}, "fold");
  EXPECT_EQ(shape_of(fold)[0].symbol_name(), "fold.0");
  ASSERT_EQ(network_.definitions().size(), 2u);
  const ValueId again = network_.add1(ops::Reshape{}, {x_, sizes_}, "again");
  EXPECT_EQ(shape_of(again), shape_of(fold));
  EXPECT_EQ(network_.definitions().size(), 2u);
  const ValueId sum = network_.add1(ops::Binary{}, {fold, x_}, "sum");
  EXPECT_EQ(to_string(shape_of(sum)), "[n, m]");
  EXPECT_EQ(network_.definitions()[0].size.str(), "n");
  network_.mark_output("y", sum);
  expect_text_keeps_it();
}

/// Nothing is left of a node that is refused.
TEST_F(IrDefinitions, RefusedNodes) {
  const std::string before = ir::print(network_);
  const ValueId all = network_.add1(ops::Concat{0}, {sizes_, sizes_}, "all");
  const ValueId five = network_.add1(ops::Concat{0}, {all, all}, "five");
  const ValueId nine = network_.add1(ops::Concat{0}, {five, sizes_}, "nine");
  EXPECT_THROW(network_.add1(ops::Expand{}, {one_, nine}, "wide"), Error);
  EXPECT_EQ(element(sizes_, 0), "$of_x.0");
  EXPECT_TRUE(network_.definitions().empty());
  network_.remove_dead();
  EXPECT_EQ(ir::print(network_), before);
}

}  // namespace
}  // namespace lathe
