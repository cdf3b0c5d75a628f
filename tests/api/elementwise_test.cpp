// Layers that go element by element, by numbers worked out by hand.
#include <cmath>
#include <functional>
#include <limits>

#include "tests/api/run.h"

namespace lathe {
namespace {
using namespace test;

constexpr double kInf = std::numeric_limits<double>::infinity();

/// f(x) for x of three numbers.
std::vector<double> of(const std::vector<double>& x, const std::function<Tensor(const Tensor&)>& f,
                       DType type = DType::f32) {
  Network net;
  const Tensor in = net.input("x", type, {static_cast<int64_t>(x.size())});
  return result_of(net, f(in), {{{"x", x}}, {}}).values;
}

void near(const std::vector<double>& a, const std::vector<double>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 2e-6 * std::max(1.0, std::abs(b[i]))) << i;
}

TEST(ApiElementwise, OperatorsBroadcast) {
  Network net;
  const Tensor a = net.input("a", DType::f32, {2, 1}), b = net.input("b", DType::f32, {3});
  net.output("sum", a + b);
  net.output("difference", 1 - a);
  net.output("product", b * 2);
  net.output("quotient", a / b);
  net.output("minimum", minimum(a, b));
  net.output("maximum", maximum(b, 2.5));
  net.output("power", pow(b, 2));
  net.output("floor", floor_div(b, 2));
  net.output("mod", mod(-b, 2.5));
  net.output("fmod", fmod(-b, 2.5));
  auto r = run(net, {{{"a", {1, 2}}, {"b", {1, 2, 4}}}, {}});
  expect(r["sum"], {2, 3}, {2, 3, 5, 3, 4, 6});
  expect(r["difference"], {2, 1}, {0, -1});
  expect(r["product"], {3}, {2, 4, 8});
  expect(r["quotient"], {2, 3}, {1, 0.5, 0.25, 2, 1, 0.5});
  expect(r["minimum"], {2, 3}, {1, 1, 1, 1, 2, 2});
  expect(r["maximum"], {3}, {2.5, 2.5, 4});
  expect(r["power"], {3}, {1, 4, 16});
  expect(r["floor"], {3}, {0, 1, 2});
  expect(r["mod"], {3}, {1.5, 0.5, 1});
  expect(r["fmod"], {3}, {-1, -2, -1.5});
}

TEST(ApiElementwise, EveryTypeTakesNumbers) {
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i8, DType::i16, DType::i32, DType::i64,
                     DType::u8, DType::u16, DType::u32, DType::u64}) {
    SCOPED_TRACE(to_string(type));
    near(of(
             {1, 2, 3}, [](const Tensor& x) { return x * 2 + 1; }, type),
         {3, 5, 7});
  }
}

TEST(ApiElementwise, LogicAndComparisons) {
  Network net;
  const Tensor a = net.input("a", DType::i32, {4}), flags = net.input("flags", DType::boolean, {4});
  const Tensor big = greater(a, 2);
  net.output("and", logical_and(big, flags));
  net.output("or", logical_or(big, flags));
  net.output("xor", logical_xor(big, flags));
  net.output("not", logical_not(flags));
  net.output("equal", equal(a, 2));
  net.output("not_equal", not_equal(a, 2));
  net.output("less", less(a, 2));
  net.output("less_equal", less_equal(a, 2));
  net.output("greater_equal", greater_equal(2, a));
  net.output("select", select(flags, a, -1));
  auto r = run(net, {{{"a", {1, 2, 3, 4}}, {"flags", {1, 0, 1, 0}}}, {}});
  EXPECT_EQ(r["and"].dtype, DType::boolean);
  expect(r["and"], {4}, {0, 0, 1, 0});
  expect(r["or"], {4}, {1, 0, 1, 1});
  expect(r["xor"], {4}, {1, 0, 0, 1});
  expect(r["not"], {4}, {0, 1, 0, 1});
  expect(r["equal"], {4}, {0, 1, 0, 0});
  expect(r["not_equal"], {4}, {1, 0, 1, 1});
  expect(r["less"], {4}, {1, 0, 0, 0});
  expect(r["less_equal"], {4}, {1, 1, 0, 0});
  expect(r["greater_equal"], {4}, {1, 1, 0, 0});
  expect(r["select"], {4}, {1, -1, 3, -1});
}

TEST(ApiElementwise, Unary) {
  const std::vector<double> x = {-0.5, 0.25, 0.75}, positive = {0.25, 1, 4}, above = {1, 1.5, 3};
  const auto map = [](const std::vector<double>& list, double (*f)(double)) {
    std::vector<double> y;
    for (double v : list) y.push_back(f(v));
    return y;
  };
  using T = Tensor (*)(const Tensor&);
  using D = double (*)(double);
  struct Case {
    T layer;
    D truth;
    std::vector<double> x;
  };
  const Case cases[] = {
      {exp, std::exp, x},
      {log, std::log, positive},
      {sqrt, std::sqrt, positive},
      {abs, std::abs, x},
      {erf, std::erf, x},
      {sin, std::sin, x},
      {cos, std::cos, x},
      {tan, std::tan, x},
      {asin, std::asin, x},
      {acos, std::acos, x},
      {atan, std::atan, x},
      {sinh, std::sinh, x},
      {cosh, std::cosh, x},
      {asinh, std::asinh, x},
      {acosh, std::acosh, above},
      {atanh, std::atanh, x},
      {floor, std::floor, x},
      {ceil, std::ceil, x},
      {round, std::nearbyint, x},
      {recip, [](double v) { return 1 / v; }, x},
      {rsqrt, [](double v) { return 1 / std::sqrt(v); }, positive},
      {sign, [](double v) { return v > 0 ? 1.0 : -1.0; }, x},
      {operator-, [](double v) { return -v; }, x},
  };
  for (size_t i = 0; i < std::size(cases); ++i) {
    SCOPED_TRACE(i);
    near(of(cases[i].x, cases[i].layer), map(cases[i].x, cases[i].truth));
  }
  near(of({1, kInf, 2}, is_inf), {0, 1, 0});
  near(of({1, std::nan(""), 2}, is_nan), {0, 1, 0});
}

TEST(ApiElementwise, Activations) {
  const std::vector<double> x = {-2, 0.5, 3};
  near(of(x, relu), {0, 0.5, 3});
  near(of(x, relu, DType::i32), {0, 0, 3});
  near(of(x, sigmoid), {0.119202922, 0.622459331, 0.952574127});
  near(of(x, tanh), {-0.964027580, 0.462117157, 0.995054754});
  near(of(x, [](const Tensor& t) { return leaky_relu(t, 0.1); }), {-0.2, 0.5, 3});
  near(of(x, [](const Tensor& t) { return elu(t, 2); }), {-1.729329434, 0.5, 3});
  near(of(x, [](const Tensor& t) { return selu(t, 2, 3); }), {6 * (std::exp(-2.0) - 1), 1.5, 9});
  near(of(x, softsign), {-2.0 / 3, 1.0 / 3, 0.75});
  near(of(x, [](const Tensor& t) { return softplus(t, 2, 0.5); }),
       {2 * std::log(std::exp(-1.0) + 1), 2 * std::log(std::exp(0.25) + 1), 2 * std::log(std::exp(1.5) + 1)});
  near(of(x, [](const Tensor& t) { return clip(t, -1, 2); }), {-1, 0.5, 2});
  near(of(
           x, [](const Tensor& t) { return clip(t, -1, 2); }, DType::i64),
       {-1, 0, 2});
  near(of(x, [](const Tensor& t) { return hard_sigmoid(t, 0.2, 0.5); }), {0.1, 0.6, 1});
  near(of(x, [](const Tensor& t) { return scaled_tanh(t, 2, 0.5); }), {-1.523188312, 0.489837325, 1.810296508});
  near(of(x, [](const Tensor& t) { return thresholded_relu(t, 0.5); }), {0, 0, 3});
  near(of(x, [](const Tensor& t) { return silu(t); }), {-0.238405844, 0.311229666, 2.857722380});
  near(of(x, gelu), {-0.045500264, 0.345731229, 2.995950306});
}

TEST(ApiElementwise, ParametricRelu) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2, 2});
  const Tensor y = parametric_relu(x, net.constant(DType::f32, {2}, {0.5, 2}));
  expect(result_of(net, y, {{{"x", {-1, -1, 3, -4}}}, {}}), {2, 2}, {-0.5, -2, 3, -8});
}

TEST(ApiElementwise, Casts) {
  near(of({-1.5, 2.5, 300}, [](const Tensor& x) { return cast(x, DType::i8); }), {-1, 2, 127});
  near(of({0, 0.5, -3}, [](const Tensor& x) { return cast(x, DType::boolean); }), {0, 1, 1});
  near(of({1, 2, 3}, identity), {1, 2, 3});
}

TEST(ApiElementwise, Scale) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 2, 1, 2});
  const Tensor two = net.constant(2), one = net.constant(1);
  const Tensor channels = net.constant(DType::f32, {2}, {1, 10}),
               elements = net.constant(DType::f32, {2, 1, 2}, {1, 2, 3, 4});
  net.output("uniform", scale(x, one, two, two));
  net.output("channel", scale(x, {}, channels, {}, {.mode = ScaleMode::channel}));
  net.output("element", scale(x, elements, {}, {}, {.mode = ScaleMode::element}));
  net.output("nothing", scale(x, {}, {}));
  auto r = run(net, {{{"x", {1, 2, 3, 4}}}, {}});
  expect(r["uniform"], {1, 2, 1, 2}, {9, 25, 49, 81});
  expect(r["channel"], {1, 2, 1, 2}, {1, 2, 30, 40});
  expect(r["element"], {1, 2, 1, 2}, {2, 4, 6, 8});
  expect(r["nothing"], {1, 2, 1, 2}, {1, 2, 3, 4});
  refused(ErrorCode::shape_mismatch, {"scale", "f32[2]", "no single number"}, [&] { scale(x, channels, {}); });
}

}  // namespace
}  // namespace lathe
