// Networks that compute their shapes, as exporters write them: printed, read, compiled, saved, loaded and run.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "lathe/error.h"
#include "ops/binary.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/non_zero.h"
#include "ops/pad.h"
#include "ops/range.h"
#include "ops/reshape.h"
#include "ops/shape.h"
#include "ops/slice.h"
#include "plan/file.h"
#include "tests/io/scratch.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;
using ir::Network;
using ir::ValueId;

/// The network once as it was built and once as its text, through a file each.
std::vector<Engine> engines_of(const Network& network) {
  const std::string text = ir::print(network);
  EXPECT_EQ(ir::print(ir::parse(text)), text);
  const io_test::Scratch scratch;
  plan::write_file(compiler::compile(network, {}), scratch.path("built.plan"));
  plan::write_file(compiler::compile(ir::parse(text), {}), scratch.path("text.plan"));
  return {Engine(Plan::load(scratch.path("built.plan"), {.map = false})),
          Engine(Plan::load(scratch.path("text.plan"), {.map = false}))};
}

ValueId numbers(Network& network, const std::vector<int64_t>& values, bool scalar = false) {
  std::vector<Dim> shape;
  if (!scalar) shape.emplace_back(static_cast<int64_t>(values.size()));
  return network.add_constant("numbers", {DType::i64, shape},
                              {Blob::copy_of(values.data(), values.size() * sizeof(int64_t)), nullptr});
}

void expect_ok(const Status& status) { ASSERT_TRUE(status.ok()) << status.message(); }

std::vector<float> rising(int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i));
  return values;
}

/// Heads split off: [batch, seq, 6] -> [batch, seq, 2, 3], by way of the sizes of x.
constexpr std::string_view kHeads =
    "input %x: f32[batch, seq, 6]\n"
    "constant %zero: i64[1] = [0]\n"
    "constant %one: i64[1] = [1]\n"
    "constant %tail: i64[2] = [2, -1]\n"
    "%shape.out: i64[3] = shape (%x)\n"
    "%batch.out: i64[1] = gather (%shape.out, %zero)\n"
    "%seq.out: i64[1] = gather (%shape.out, %one)\n"
    "%all.out: i64[4] = concat (%batch.out, %seq.out, %tail)\n"
    "%heads.out: f32[batch, seq, 2, 3] = reshape (%x, %all.out)\n"
    "%first.out: f32[batch, seq, 1, 3] = slice(start=[0, 0, 1, 0], size=[batch, seq, 1, 3]) (%heads.out)\n"
    "output y = %first.out\n";

TEST(RuntimeShapeValues, ShapeGatherConcatReshape) {
  for (const Engine& engine : engines_of(ir::parse(kHeads))) {
    Context context = engine.context({.threads = 2});
    for (const auto& [batch, seq] : {std::pair<int64_t, int64_t>{2, 2}, {1, 3}, {0, 4}}) {
      const std::vector<float> x = rising(batch * seq * 6);
      context.set_input("x", tensor_of(DType::f32, {batch, seq, 6}, x));
      expect_ok(context.run());
      std::vector<float> expected;
      for (int64_t row = 0; row < batch * seq; ++row)
        for (int64_t i = 3; i < 6; ++i) expected.push_back(static_cast<float>(row * 6 + i));
      EXPECT_EQ(context.output("y").shape, (Shape{batch, seq, 1, 3}));
      EXPECT_EQ(values_of<float>(context, "y"), expected);
    }
  }
}

/// What only says sizes is gone from the plan.
TEST(RuntimeShapeValues, ArithmeticOnSizesVanishes) {
  for (const plan::Step& step : text_plan(kHeads).steps)
    EXPECT_TRUE(step.op.is<ops::Slice>() || step.op.is<ops::Reshape>()) << step.name;
}

TEST(RuntimeShapeValues, ShapeAsAnOutput) {
  Network network;
  const ValueId x = network.add_input("x", {DType::f32, {Dim::symbol("n"), Dim(3), Dim::symbol("m")}});
  const ValueId shape = network.add1(ops::ShapeOf{}, {x}, "shape");
  network.mark_output("sizes", shape);
  const ValueId two = numbers(network, {2});
  const ValueId twice = network.add1(ops::Binary{ops::BinaryKind::mul}, {shape, two}, "twice");
  network.mark_output("twice", twice);
  for (const Engine& engine : engines_of(network)) {
    Context context = engine.context({.threads = 1});
    const std::vector<float> data = rising(24);
    context.set_input("x", tensor_of(DType::f32, {4, 3, 2}, data));
    expect_ok(context.run());
    EXPECT_EQ(values_of<int64_t>(context, "sizes"), (std::vector<int64_t>{4, 3, 2}));
    EXPECT_EQ(values_of<int64_t>(context, "twice"), (std::vector<int64_t>{8, 6, 4}));
  }
}

/// A row for each text: expand(row, [batch, -1]), and zeros of the shape of x.
/// true + true is true.
TEST(RuntimeShapeValues, TruthIsNoNumber) {
  EXPECT_THROW(text_plan("input %x: f32[1]\n"
                         "constant %yes: bool[1] = 0x01\n"
                         "%sum.out: bool[1] = binary(kind=add) (%yes, %yes)\n"
                         "%size.out: i64[1] = cast(to=i64) (%sum.out)\n"
                         "%e.out: f32[2] = expand (%x, %size.out)\n"
                         "output y = %e.out\n"),
               Error);
}

TEST(RuntimeShapeValues, ExpandAndFill) {
  Network network;
  const ValueId x = network.add_input("x", {DType::f32, {Dim::symbol("n"), Dim(2)}});
  const ValueId row = network.add_input("row", {DType::f32, {Dim(1), Dim::symbol("m")}});
  const ValueId shape = network.add1(ops::ShapeOf{DType::i32}, {x}, "shape");
  const ValueId wide = network.add1(ops::ShapeOf{DType::i32}, {row}, "wide");
  const ValueId zero = numbers(network, {0}), one = numbers(network, {1});
  const ValueId n = network.add1(ops::Gather{}, {shape, zero}, "n");
  const ValueId m = network.add1(ops::Gather{}, {wide, one}, "m");
  const ValueId both = network.add1(ops::Concat{}, {n, m}, "both");
  network.mark_output("rows", network.add1(ops::Expand{}, {row, both}, "rows"));
  network.mark_output("nines", network.add1(ops::Fill{DType::i64, {}, 9}, {shape}, "nines"));
  for (const Engine& engine : engines_of(network)) {
    Context context = engine.context({.threads = 1});
    const std::vector<float> data = rising(6), line = {7, 8, 9};
    context.set_input("x", tensor_of(DType::f32, {3, 2}, data));
    context.set_input("row", tensor_of(DType::f32, {1, 3}, line));
    expect_ok(context.run());
    EXPECT_EQ(context.output("rows").shape, (Shape{3, 3}));
    EXPECT_EQ(values_of<float>(context, "rows"), (std::vector<float>{7, 8, 9, 7, 8, 9, 7, 8, 9}));
    EXPECT_EQ(values_of<int64_t>(context, "nines"), std::vector<int64_t>(6, 9));
  }
}

/// Positions behind what was there before: range(past, past + n).
TEST(RuntimeShapeValues, Range) {
  constexpr std::string_view text =
      "input %past: f32[p, 2]\n"
      "input %x: f32[n, 2]\n"
      "constant %zero: i64[] = [0]\n"
      "constant %one: i64[] = [1]\n"
      "%old.out: i64[2] = shape (%past)\n"
      "%new.out: i64[2] = shape (%x)\n"
      "%start.out: i64[] = gather (%old.out, %zero)\n"
      "%count.out: i64[] = gather (%new.out, %zero)\n"
      "%end.out: i64[] = binary(kind=add) (%start.out, %count.out)\n"
      "%places.out: i64[n] = range (%start.out, %end.out, %one)\n"
      "output places = %places.out\n";
  for (const Engine& engine : engines_of(ir::parse(text))) {
    Context context = engine.context({.threads = 1});
    const std::vector<float> data = rising(20);
    for (const auto& [p, n] : {std::pair<int64_t, int64_t>{4, 3}, {0, 2}, {5, 0}, {4, 3}}) {
      context.set_input("past", tensor_of(DType::f32, {p, 2}, data));
      context.set_input("x", tensor_of(DType::f32, {n, 2}, data));
      expect_ok(context.run());
      std::vector<int64_t> expected;
      for (int64_t i = p; i < p + n; ++i) expected.push_back(i);
      EXPECT_EQ(values_of<int64_t>(context, "places"), expected);
    }
  }
}

/// The last row, by the number of rows: x[n - 1 : n], and a table cut to as many rows.
TEST(RuntimeShapeValues, ComputedSlice) {
  constexpr std::string_view text =
      "input %x: f32[n, 2]\n"
      "constant %table: i64[5, 1] = [10, 11, 12, 13, 14]\n"
      "constant %zero: i64[1] = [0]\n"
      "constant %one: i64[1] = [1]\n"
      "%shape.out: i64[2] = shape (%x)\n"
      "%count.out: i64[1] = gather (%shape.out, %zero)\n"
      "%before.out: i64[1] = binary(kind=sub) (%count.out, %one)\n"
      "%last.out: f32[1, 2] = slice (%x, %before.out, %count.out, %zero)\n"
      "%cut.out: i64[n, 1] = slice (%table, %zero, %count.out)\n"
      "output last = %last.out\n"
      "output cut = %cut.out\n";
  for (const Engine& engine : engines_of(ir::parse(text))) {
    Context context = engine.context({.threads = 1});
    const std::vector<float> data = rising(20);
    for (int64_t n : {4, 1, 5, 2}) {
      context.set_input("x", tensor_of(DType::f32, {n, 2}, data));
      expect_ok(context.run());
      const auto end = static_cast<float>(2 * n);
      EXPECT_EQ(values_of<float>(context, "last"), (std::vector<float>{end - 2, end - 1}));
      std::vector<int64_t> cut;
      for (int64_t i = 0; i < n; ++i) cut.push_back(10 + i);
      EXPECT_EQ(values_of<int64_t>(context, "cut"), cut);
    }
    // Beyond the table, or before the first row, nothing is read.
    for (int64_t n : {6, 0}) {
      context.set_input("x", tensor_of(DType::f32, {n, 2}, data));
      const Status status = context.run();
      EXPECT_EQ(status.code(), ErrorCode::out_of_range) << status.message();
    }
  }
}

TEST(RuntimeShapeValues, SliceAsInNumpy) {
  constexpr int64_t kEnd = INT64_MAX;
  struct Case {
    int64_t start, end, step;
    std::vector<float> expected;
  };
  for (const Case& c : {Case{1, kEnd, 1, {1, 2, 3, 4, 5}},
                        {-2, kEnd, 1, {4, 5}},
                        {0, -1, 2, {0, 2, 4}},
                        {-1, -kEnd, -1, {5, 4, 3, 2, 1, 0}},
                        {9, 1, -2, {5, 3}},
                        {-9, 2, 1, {0, 1}},
                        {4, 2, 1, {}},
                        {2, 4, -1, {}},
                        {8, 9, 1, {}}}) {
    Network network;
    const ValueId x = network.add_input("x", {DType::f32, {Dim(6)}});
    const std::vector<ValueId> inputs = {x, numbers(network, {c.start}), numbers(network, {c.end}),
                                         numbers(network, {0}), numbers(network, {c.step})};
    network.mark_output("y", network.add1(ops::Slice{}, inputs, "cut"));
    Context context = engine_of(compiler::compile(network, {})).context({.threads = 1});
    const std::vector<float> data = rising(6);
    context.set_input("x", tensor_of(DType::f32, {6}, data));
    expect_ok(context.run());
    EXPECT_EQ(values_of<float>(context, "y"), c.expected) << c.start << ":" << c.end << ":" << c.step;
  }
}

/// Rows until there are as many as the other input has.
TEST(RuntimeShapeValues, Pad) {
  Network network;
  const ValueId x = network.add_input("x", {DType::f32, {Dim::symbol("n"), Dim(2)}});
  const ValueId like = network.add_input("like", {DType::f32, {Dim::symbol("m")}});
  const ValueId have = network.add1(ops::ShapeOf{}, {x}, "have");
  const ValueId want = network.add1(ops::ShapeOf{}, {like}, "want");
  const ValueId zero = numbers(network, {0});
  const ValueId n = network.add1(ops::Gather{}, {have, zero}, "n");
  const ValueId missing = network.add1(ops::Binary{ops::BinaryKind::sub}, {want, n}, "missing");
  const ValueId pads = network.add1(ops::Concat{}, {missing, zero, zero, numbers(network, {1})}, "pads");
  network.mark_output("y", network.add1(ops::Pad{{}, {}, -1}, {x, pads}, "padded"));
  for (const Engine& engine : engines_of(network)) {
    Context context = engine.context({.threads = 1});
    const std::vector<float> data = rising(8);
    context.set_input("x", tensor_of(DType::f32, {2, 2}, data));
    context.set_input("like", tensor_of(DType::f32, {3}, data));
    expect_ok(context.run());
    EXPECT_EQ(context.output("y").shape, (Shape{3, 3}));
    EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{-1, -1, -1, 0, 1, -1, 2, 3, -1}));
    context.set_input("like", tensor_of(DType::f32, {1}, data));
    const Status status = context.run();
    EXPECT_EQ(status.code(), ErrorCode::out_of_range) << status.message();
  }
}

/// Sizes that a run counts go where sizes of inputs go.
TEST(RuntimeShapeValues, ShapeOfWhatIsCounted) {
  constexpr std::string_view text =
      "input %x: f32[n]\n"
      "constant %one: i64[1] = [1]\n"
      "constant %two: i64[1] = [2]\n"
      "%places.out: i64[1, count] = non_zero (%x)\n"
      "%shape.out: i64[2] = shape (%places.out)\n"
      "%count.out: i64[1] = gather (%shape.out, %one)\n"
      "%flat.out: i64[count] = reshape (%places.out, %count.out)\n"
      "%values.out: f32[count] = gather (%x, %flat.out)\n"
      "%both.out: i64[2] = concat (%two, %count.out)\n"
      "%twice.out: f32[2, count] = expand (%values.out, %both.out)\n"
      "output twice = %twice.out\n"
      "output sizes = %both.out\n";
  for (const Engine& engine : engines_of(ir::parse(text))) {
    Context context = engine.context({.threads = 2});
    for (const std::vector<float>& x : {std::vector<float>{0, 5, 0, 6}, {1, 2, 3, 4}, {0, 0, 0, 0}, {0, 5, 0, 6}}) {
      context.set_input("x", tensor_of(DType::f32, {4}, x));
      expect_ok(context.run());
      std::vector<float> found;
      for (float v : x)
        if (v != 0) found.push_back(v);
      const auto count = static_cast<int64_t>(found.size());
      found.insert(found.end(), found.begin(), found.end());
      EXPECT_EQ(values_of<float>(context, "twice"), found);
      EXPECT_EQ(values_of<int64_t>(context, "sizes"), (std::vector<int64_t>{2, count}));
    }
  }
}

/// Attributes speak of a count while no input does: the step that counts runs all the same, and before.
TEST(RuntimeShapeValues, CountsThatOnlyAttributesSpeakOf) {
  constexpr std::string_view text =
      "input %x: f32[n]\n"
      "input %row: f32[1, 3]\n"
      "constant %one: i64[1] = [1]\n"
      "constant %three: i64[1] = [3]\n"
      "%places.out: i64[1, count] = non_zero (%x)\n"
      "%shape.out: i64[2] = shape (%places.out)\n"
      "%count.out: i64[1] = gather (%shape.out, %one)\n"
      "%both.out: i64[2] = concat (%count.out, %three)\n"
      "%rows.out: f32[count, 3] = expand (%row, %both.out)\n"
      "%turned.out: f32[3, count] = transpose(perm=[1, 0]) (%rows.out)\n"
      "%steps.out: i64[count] = range(limit=[count]) ()\n"
      "output turned = %turned.out\n"
      "output steps = %steps.out on_demand\n";
  for (const Engine& engine : engines_of(ir::parse(text))) {
    Context context = engine.context({.threads = 2});
    const std::vector<float> row = {1, 2, 3};
    context.set_input("row", tensor_of(DType::f32, {1, 3}, row));
    for (const std::vector<float>& x : {std::vector<float>{0, 5, 0, 6}, {1, 1, 1, 1}, {0, 0, 0, 0}}) {
      context.set_input("x", tensor_of(DType::f32, {4}, x));
      const int64_t count = 4 - std::count(x.begin(), x.end(), 0.0f);
      context.request({"turned"});
      expect_ok(context.run());
      EXPECT_EQ(context.output("turned").shape, (Shape{3, count}));
      std::vector<float> turned;
      for (float v : row) turned.insert(turned.end(), static_cast<size_t>(count), v);
      EXPECT_EQ(values_of<float>(context, "turned"), turned);
      context.request({"steps"});
      expect_ok(context.run());
      EXPECT_EQ(values_of<int64_t>(context, "steps").size(), static_cast<size_t>(count));
    }
  }
}

}  // namespace
}  // namespace lathe
