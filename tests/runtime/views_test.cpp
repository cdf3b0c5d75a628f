// Tensors that are others in another order of dimensions.
#include <gtest/gtest.h>

#include "plan/file.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

/// No kernel of the processor takes integers: the reference reads the transposed tensor where it lies.
constexpr std::string_view kTurned =
    "network turned\n"
    "input %x: i64[n, 2, 3]\n"
    "%double.out: i64[n, 2, 3] = binary(kind=add) (%x, %x)\n"
    "%turned.out: i64[3, n, 2] = transpose(perm=[2, 0, -2]) (%double.out)\n"
    "%same.out: i64[3, n, 2] = binary(kind=add) (%turned.out, %turned.out)\n"
    "output y = %same.out\n";

int turned_tensor(const plan::Plan& plan) {
  for (size_t t = 0; t < plan.tensors.size(); ++t)
    if (!plan.tensors[t].format.is_dense()) return static_cast<int>(t);
  return -1;
}

TEST(RuntimeViews, ATransposeIsAView) {
  const io_test::Scratch scratch;
  plan::write_file(text_plan(kTurned), scratch.path("turned.plan"));
  const plan::Plan plan = plan::read_file(scratch.path("turned.plan"), true);
  ASSERT_GE(turned_tensor(plan), 0);
  EXPECT_EQ(plan.steps.size(), 2u);
  Context context = engine_of(plan).context({.threads = 1});
  for (int64_t n : {1, 4, 2}) {
    std::vector<int64_t> x(static_cast<size_t>(n) * 6), expected;
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<int64_t>(i);
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t a = 0; a < n; ++a)
        for (int64_t b = 0; b < 2; ++b) expected.push_back(4 * ((a * 2 + b) * 3 + c));
    context.set_input("x", tensor_of(DType::i64, {n, 2, 3}, x));
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(values_of<int64_t>(context, "y"), expected);
  }
}

TEST(RuntimeViews, HostileOrders) {
  const plan::Plan good = text_plan(kTurned);
  const auto t = static_cast<size_t>(turned_tensor(good));
  const auto refused = [&](const char* problem, auto change) {
    plan::Plan bad = good;
    change(bad, bad.tensors[t]);
    expect_refusal(ErrorCode::corrupt_file, {"bad", problem, "build the plan again"},
                   [&] { plan::validate(bad, "bad"); });
  };
  for (const Shape& order : {Shape{0, 1}, Shape{0, 0, 1}, Shape{2, 0, 3}, Shape{2, 0, -1}, Shape{0, 1, 2}})
    refused("has a format that its dimensions cannot have", [&](auto&, plan::Tensor& view) { view.format = {order}; });
  refused("is a view in blocks", [](auto&, plan::Tensor& view) { view.format = {{}, 1, 4}; });
  refused("leaves the tensor that it views", [](auto&, plan::Tensor& view) { view.offset = 1; });
  refused("leaves the tensor that it views", [](auto&, plan::Tensor& view) { view.type.shape[0] = Dim(4); });
  refused("or turned", [&](plan::Plan& p, auto&) { p.outputs[0].tensor = static_cast<int>(t); });
}

}  // namespace
}  // namespace lathe
