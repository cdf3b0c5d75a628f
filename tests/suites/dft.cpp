#include "ops/dft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Dft;

TEST(SuiteDft, AxesAndLengths) {
  Random random(71);
  Suite suite("dft", {.f32 = 2e-6});
  for (DType type : kFloats)
    for (int64_t parts : {1, 2})
      for (bool inverse : {false, true})
        for (bool onesided : {false, true}) {
          const auto x = [&](const Shape& shape) { return random.normal_tensor("x", type, shape); };
          suite.check({Dft{-2, inverse, onesided}, {x({2, 6, parts})}});
          suite.check({Dft{0, inverse, onesided, {5}}, {x({7, 3, parts})}});
          suite.check({Dft{1, inverse, onesided, {8}}, {x({2, 5, 3, parts})}});
          suite.check({Dft{0, inverse, onesided, {1}}, {x({2, parts})}});
          suite.check({Dft{1, inverse, onesided, {2}}, {x({0, 4, parts})}});
          suite.check({Dft{1, inverse, onesided, {2}}, {x({2, 0, parts})}});
        }
  suite.check_coverage();
}

TEST(SuiteDft, Numbers) {
  const HostTensor x = make_tensor("x", DType::f64, {1, 5, 1}, {1, 2, -3, 4, 0.5});
  const HostTensor z = make_tensor("x", DType::f64, {1, 3, 2}, {1, 2, -3, 4, 0.5, -1});
  expect_numbers({Dft{1, false, false}, {x}},
                 {{4.5, 0, 0.963525492, 2.68791199, -0.713525492, -7.53907349, -0.713525492, 7.53907349, 0.963525492,
                   -2.68791199}},
                 1e-8);
  expect_numbers({Dft{1, false, true}, {x}}, {{4.5, 0, 0.963525492, 2.68791199, -0.713525492, -7.53907349}}, 1e-8);
  expect_numbers({Dft{1, false, false, {4}}, {x}}, {{4, 0, 4, 2, -8, 0, 4, -2}}, 1e-8);
  expect_numbers({Dft{1, false, true, {4}}, {x}}, {{4, 0, 4, 2, -8, 0}}, 1e-8);
  expect_numbers({Dft{1, false, false, {7}}, {x}},
                 {{4.5, 0, -1.1398175, -0.157472315, 6.06356884, -0.515096853, -3.67375134, -6.62550962, -3.67375134,
                   6.62550962, 6.06356884, 0.515096853, -1.1398175, 0.157472315}},
                 1e-8);
  expect_numbers({Dft{1, false, true, {7}}, {x}},
                 {{4.5, 0, -1.1398175, -0.157472315, 6.06356884, -0.515096853, -3.67375134, -6.62550962}}, 1e-8);
  expect_numbers({Dft{1, false, false}, {z}}, {{-1.5, 5, 6.58012702, 3.53108891, -2.08012702, -2.53108891}}, 1e-8);
  expect_numbers({Dft{1, true, false}, {z}}, {{-0.5, 1.66666667, -0.693375673, -0.843696304, 2.19337567, 1.17702964}},
                 1e-8);
  expect_numbers({Dft{1, true, true}, {z}}, {{-1.125, -1.875, 1.875, 2.125}}, 1e-8);
  expect_numbers({Dft{1, false, false, {2}}, {z}}, {{-2, 6, 4, -2}}, 1e-8);
  expect_numbers({Dft{1, true, false, {2}}, {z}}, {{-1, 3, 2, -1}}, 1e-8);
  expect_numbers({Dft{1, true, true, {2}}, {z}}, {{-1, 2}}, 1e-8);
  expect_numbers({Dft{1, false, false, {4}}, {z}}, {{-1.5, 5, 4.5, 6, 4.5, -3, -3.5, 0}}, 1e-8);
  expect_numbers({Dft{1, true, false, {4}}, {z}}, {{-0.375, 1.25, -0.875, 0, 1.125, -0.75, 1.125, 1.5}}, 1e-8);
  expect_numbers({Dft{1, true, true, {4}}, {z}}, {{-1.125, -1.875, 1.875, 2.125}}, 1e-8);
  expect_numbers({Dft{1, true, true, {5}}, {z}}, {{-0.8, -1.61920012, -0.0882552181, 2.5535028, 0.953952533}}, 1e-8);
}

TEST(SuiteDft, AnyLengthOfNothing) {
  expect_numbers({Dft{1, false, false, {int64_t{1} << 61}}, {full("x", DType::f32, {0, 4, 1}, 0)}}, {{}});
}

TEST(SuiteDft, LengthsFromInputs) {
  const Dim n = Dim::symbol("n");
  const ops::Types in = {{DType::f32, {2, n, 3, 1}}, {DType::i64, {}}, {DType::i64, {}}};
  const ops::Contents known = {std::nullopt, std::vector<ops::Element>{Dim(2) * n}, std::vector<ops::Element>{Dim(-3)}};
  const auto [op, count] = ops::Op(Dft{.onesided = true}).resolve(in, known);
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(to_string(op.infer({in[0]})[0]), "f32[2, n + 1, 3, 2]");
  EXPECT_EQ(to_string(ops::Op(Dft{.axis = 1, .inverse = true, .onesided = true}).infer({in[0]})[0]),
            "f32[2, 2*n - 2, 3, 1]");
}

TEST(SuiteDft, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  constexpr int64_t least = std::numeric_limits<int64_t>::min();
  expect_refusal(Dft{}, {f({2, 3, 3})}, "must be 1 or 2");
  expect_refusal(Dft{}, {f({2, 3, Dim::symbol("n")})}, "must be 1 or 2");
  expect_refusal(Dft{-1}, {f({2, 3, 2})}, "parts of a number");
  expect_refusal(Dft{least}, {f({2, 3, 2})}, "outside rank");
  expect_refusal(Dft{-2}, {f({2})}, "outside rank");
  expect_refusal(Dft{-2, false, false, {0}}, {f({2, 3, 2})}, "at least one number");
  expect_refusal(Dft{-2, false, false, {Dim(least)}}, {f({2, 3, 2})}, "at least one number");
  expect_refusal(Dft{-2, false, false, {3, 4}}, {f({2, 3, 2})}, "one length");
  expect_refusal(Dft{-2, true, true}, {f({2, 1, 2})}, "at least one number");
  expect_refusal(Dft{}, {{DType::i32, {2, 3, 2}}}, "floating point");
}

}  // namespace
}  // namespace lathe::test
