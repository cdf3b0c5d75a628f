// Branches, loops, assertions.
#include "tests/api/run.h"

namespace lathe {
namespace {
using namespace test;

TEST(ApiControl, If) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n"}), flag = net.input("flag", DType::boolean, {});
  const Tensor y = if_(
      flag, [&] { return x * 2; }, [&] { return -x + 1; });
  net.output("y", y + 1);
  const auto both = if_(
      flag,
      [&] {
        return std::vector<Tensor>{x, reduce_sum(x)};
      },
      [&] {
        return std::vector<Tensor>{exp(x * 0), net.constant(7)};
      });
  net.output("a", both[0]);
  net.output("b", both[1]);
  auto yes = run(net, {{{"x", {1, 2}}, {"flag", {1}}}, {{"n", 2}}});
  auto no = run(net, {{{"x", {1, 2}}, {"flag", {0}}}, {{"n", 2}}});
  expect(yes["y"], {2}, {3, 5});
  expect(no["y"], {2}, {1, 0});
  expect(yes["a"], {2}, {1, 2});
  expect(no["a"], {2}, {1, 1});
  expect(yes["b"], {}, {3});
  expect(no["b"], {}, {7});
  EXPECT_EQ(net.tensor(y.name()).producer()->blocks().size(), 2U);
  refused(ErrorCode::shape_mismatch, {"if", "result 0", "f32[n]", "f32[]"}, [&] {
    if_(
        flag, [&] { return x + 1; }, [&] { return reduce_sum(x); });
  });
  EXPECT_EQ(Network::parse(net.str()).str(), net.str());
}

TEST(ApiControl, TensorsOfABlockStayInIt) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2}), flag = net.input("flag", DType::boolean, {});
  Tensor inner;
  if_(
      flag, [&] { return inner = x * 2; }, [&] { return x * 3; });
  refused(ErrorCode::invalid_argument, {"has ended", "result"}, [&] { inner + 1; });
}

TEST(ApiControl, NestedIf) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {}), a = net.input("a", DType::boolean, {}),
               b = net.input("b", DType::boolean, {});
  net.output("y", if_(
                      a,
                      [&] {
                        return if_(
                            b, [&] { return x + 1; }, [&] { return x + 2; });
                      },
                      [&] { return x + 3; }));
  for (int i = 0; i < 4; ++i)
    expect(run(net, {{{"x", {10}}, {"a", {i / 2 * 1.0}}, {"b", {i % 2 * 1.0}}}, {}})["y"], {},
           {i / 2 == 0   ? 13.0
            : i % 2 == 0 ? 12.0
                         : 11.0});
}

TEST(ApiControl, CountedLoop) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2}), count = net.input("count", DType::i32, {});
  const LoopResult doubled = loop({x},
                                  [&](Iteration& it) {
                                    it.stack(it.state(0) + cast(it.index(), DType::f32));
                                    it.next(0, it.state(0) * 2);
                                  },
                                  {.count = count, .most = 10});
  net.output("last", doubled.last[0]);
  net.output("rows", doubled.stacked[0]);
  auto r = run(net, {{{"x", {1, 2}}, {"count", {3}}}, {}});
  expect(r["last"], {2}, {8, 16});
  expect(r["rows"], {3, 2}, {1, 2, 3, 5, 6, 10});
  r = run(net, {{{"x", {1, 2}}, {"count", {0}}}, {}});
  expect(r["last"], {2}, {1, 2});
  expect(r["rows"], {0, 2}, {});
}

TEST(ApiControl, WhileLoop) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {});
  const LoopResult y = loop({x}, [](Iteration& it) { it.next(0, it.state(0) * 2); },
                            {.condition = [](const std::vector<Tensor>& s) { return less(s[0], 100); }});
  net.output("y", y.last[0]);
  expect(run(net, {{{"x", {3}}}, {}})["y"], {}, {192});
  expect(run(net, {{{"x", {300}}}, {}})["y"], {}, {300});
}

TEST(ApiControl, IteratorsAndStackedOutputs) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n", 2});
  const LoopResult sums = loop({net.constant(DType::f32, {2}, {0, 0})}, [&](Iteration& it) {
    const Tensor sum = it.state(0) + it.item(x);
    it.next(0, sum);
    it.stack(sum);
    it.stack(sum, 1);
    it.stack(sum, 0, true);
    it.stack(it.item(x, 0, true));
  });
  EXPECT_EQ(sums.stacked[1].str(), "f32[2, n]");
  net.output("last", sums.last[0]);
  for (size_t i = 0; i < 4; ++i) net.output("s" + std::to_string(i), sums.stacked[i]);
  auto r = run(net, {{{"x", {1, 2, 3, 4, 5, 6}}}, {{"n", 3}}});
  expect(r["last"], {2}, {9, 12});
  expect(r["s0"], {3, 2}, {1, 2, 4, 6, 9, 12});
  expect(r["s1"], {2, 3}, {1, 4, 9, 2, 6, 12});
  expect(r["s2"], {3, 2}, {9, 12, 4, 6, 1, 2});
  expect(r["s3"], {3, 2}, {5, 6, 3, 4, 1, 2});
}

TEST(ApiControl, ABranchWithinALoop) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n"}), step = net.input("step", DType::f32, {});
  const Tensor ten = net.constant(10);
  const LoopResult y = loop({net.constant(0)}, [&](Iteration& it) {
    const Tensor part = it.item(x), sum = it.state(0);
    it.next(0, if_(
                   greater(part, 0), [&] { return sum + part * ten; }, [&] { return sum - step; }));
  });
  net.output("y", y.last[0]);
  const Given given{{{"x", {1, -1, 2, -5}}, {"step", {0.5}}}, {{"n", 4}}};
  expect(run(net, given)["y"], {}, {29});
  expect(run(Network::parse(net.str()), given)["y"], {}, {29});
}

TEST(ApiControl, ALoopWithinALoop) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {3, 2});
  const LoopResult rows = loop({net.constant(1)}, [&](Iteration& outer) {
    const Tensor row = outer.item(x);
    const LoopResult inner = loop({outer.state(0)}, [&](Iteration& it) { it.next(0, it.state(0) + it.item(row)); });
    outer.next(0, inner.last[0] * 2);
  });
  // ((1 + 3) 2 + 7) 2 + 11) 2
  expect(result_of(net, rows.last[0], {{{"x", {1, 2, 3, 4, 5, 6}}}, {}}), {}, {82});
}

TEST(ApiControl, LoopsAreRefused) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2});
  refused(ErrorCode::invalid_argument, {"loop", "nothing ends it"},
          [&] { loop({x}, [](Iteration& it) { it.next(0, it.state(0)); }); });
  refused(ErrorCode::shape_mismatch, {"loop", "state 0 is f32[2], its next one f32[]"}, [&] {
    loop({x}, [](Iteration& it) { it.next(0, reduce_sum(it.state(0))); }, {.count = net.constant(3, DType::i64)});
  });
  EXPECT_TRUE(net.layers().empty());
  net.output("y", x + 1);
}

TEST(ApiControl, Assertion) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2});
  assertion(greater(x, 0), "x is positive");
  net.output("y", sqrt(x));
  expect(run(net, {{{"x", {4, 9}}}, {}})["y"], {2}, {2, 3});
  refused(ErrorCode::out_of_range, {"x is positive"}, [&] { run(net, {{{"x", {4, -9}}}, {}}); });
}

}  // namespace
}  // namespace lathe
