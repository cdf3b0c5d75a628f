// Bounds of sequences that do not rise from 0 to the rows that they delimit: refused whatever the input is called and
// whatever the plan says of its form.
#include "tests/errors/run_fixture.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsRunBounds : public testing::Test {
 protected:
  static constexpr std::string_view kAttention =
      "input %x: f32[n, 8]\n"
      "input %where: i32[texts + 1]\n"
      "%y.out: f32[n, 8] = attention(heads=2, mask=packed) (%x, %x, %x, %where)\n"
      "output y = %y.out\n";
  static constexpr std::string_view kPool =
      "input %x: f32[n, 8]\n"
      "input %where: i32[texts + 1]\n"
      "%y.out: f32[texts, 8] = sequence_pool(mode=mean, packed=true) (%x, %where)\n"
      "output y = %y.out\n";

  Status run(Context& context, const std::vector<int32_t>& bounds) {
    context.set_input("x", {DType::f32, {6, 8}, x_.data()});
    context.set_input("where", {DType::i32, {static_cast<int64_t>(bounds.size())}, bounds.data()});
    return context.run();
  }
  std::vector<float> x_ = std::vector<float>(48, 1.0f);
};

TEST_F(ErrorsRunBounds, UnderAnyName) {
  for (std::string_view text : {kAttention, kPool}) {
    Context context = text_engine(text).context({.threads = 2});
    for (const std::vector<int32_t>& bounds :
         {std::vector<int32_t>{0, 1000000}, {0, 5}, {1, 6}, {0, -3, 6}, {0, 4, 2, 6}, {0, 7, 6}}) {
      const Status status = run(context, bounds);
      EXPECT_EQ(to_string(status.code()), to_string(ErrorCode::invalid_argument));
      expect_line(status.message(),
                  {"where", "it must rise from 0 to the number of tokens, 6", "give [0, n1, n1 + n2"});
    }
    EXPECT_TRUE(run(context, {0, 2, 6}).ok());
    EXPECT_TRUE(run(context, {0, 0, 6, 6}).ok());
  }
}

/// The form decides only which inputs are bound together.
TEST_F(ErrorsRunBounds, UnderAnyForm) {
  for (plan::Form form : {plan::Form::any, plan::Form::padded, plan::Form::packed}) {
    plan::Plan plan = text_plan(kAttention);
    for (plan::Port& port : plan.inputs) port.form = form;
    plan::validate(plan, "forms");
    Context context = engine_of(std::move(plan)).context({.threads = 1});
    EXPECT_EQ(run(context, {0, 1000000}).code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(run(context, {0, 6}).ok());
  }
}

TEST_F(ErrorsRunBounds, FilledByTheirDefault) {
  for (ops::InputDefault absent : {ops::InputDefault::zeros, ops::InputDefault::ones, ops::InputDefault::positions}) {
    plan::Plan plan = text_plan(kAttention);
    plan.inputs[1].absent = absent;
    plan::validate(plan, "defaults");
    Context context = engine_of(std::move(plan)).context({.threads = 1});
    context.set_input("x", {DType::f32, {6, 8}, x_.data()});
    EXPECT_EQ(context.run().code(), ErrorCode::invalid_argument);
  }
}

/// Only whether a sequence is empty matters to it, so that any end will do.
TEST_F(ErrorsRunBounds, OfARowEach) {
  Context context = text_engine(
                        "input %x: f32[texts, 8]\n"
                        "input %where: i32[texts + 1]\n"
                        "%y.out: f32[texts, 8] = sequence_pool(mode=keep, packed=true) (%x, %where)\n"
                        "output y = %y.out\n")
                        .context({.threads = 1});
  context.set_input("x", {DType::f32, {2, 8}, x_.data()});
  for (const auto& [bounds, good] : {std::pair<std::vector<int32_t>, bool>{{0, 3, 9}, true},
                                     {{0, 3, 3}, true},
                                     {{0, 3, 2}, false},
                                     {{1, 3, 4}, false}}) {
    context.set_input("where", {DType::i32, {3}, bounds.data()});
    EXPECT_EQ(context.run().ok(), good);
  }
}

/// Counting writes as many rows as the mask keeps, whatever another input's shape says.
TEST_F(ErrorsRunBounds, CountedAndGivenAtOnce) {
  plan::Plan plan = text_plan(
      "input %mask: i32[batch, seq]\n"
      "constant %table: f32[1, 8] = [1, 2, 3, 4, 5, 6, 7, 8]\n"
      "%index: i32[tokens], %bounds: i32[batch + 1] = pack_index (%mask) @pack\n"
      "%zero.out: i32[tokens] = binary(kind=sub) (%index, %index)\n"
      "%x.out: f32[tokens, 8] = gather (%table, %zero.out)\n"
      "%y.out: f32[tokens, 8] = attention(heads=2, mask=packed) (%x.out, %x.out, %x.out, %bounds)\n"
      "entry x = %x.out required\n"
      "output y = %y.out\n"
      "output index = %index\n");
  for (plan::Port& port : plan.inputs) port.form = plan::Form::any;
  Context context = engine_of(std::move(plan)).context({.threads = 1});
  const std::vector<int32_t> mask(400, 1);
  context.set_input("mask", {DType::i32, {4, 100}, mask.data()});
  context.set_input("x", {DType::f32, {2, 8}, x_.data()});
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::invalid_argument);
  expect_line(status.message(),
              {"tokens", "counts it in this run, and the shape of an input says it", "bind one form"});
}

class ErrorsRunBoundsOfModel : public BadRun {};

/// A step that computes what is bound would write into the caller's memory.
TEST_F(ErrorsRunBoundsOfModel, BoundAndComputedAtOnce) {
  plan::Plan plan = *engine().plan().data();
  for (plan::Port& port : plan.inputs) port.form = plan::Form::any;
  Context context = engine_of(std::move(plan)).context({.threads = 1});
  const std::vector<int32_t> mask(6, 1), bounds = {0, 2, 6};
  context.set_input("attention_mask", {DType::i32, {2, 3}, mask.data()});
  context.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  context.set_input("cu_seqlens", {DType::i32, {3}, bounds.data()});
  context.request({"last_hidden_state"});
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::invalid_argument);
  expect_line(status.message(), {"cu_seqlens", "computes it in this run", "bind it and what else its form needs"});
  EXPECT_EQ(bounds, (std::vector<int32_t>{0, 2, 6}));
}

}  // namespace
}  // namespace lathe
