#include "base/dim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "lathe/error.h"

namespace lathe {
namespace {

using Values = std::map<std::string, int64_t, std::less<>>;

int64_t at(const Dim& d, const Values& values) {
  return d.evaluate([&](std::string_view name) { return values.find(name)->second; });
}

/// A random expression twice: as a Dim, and as its value for some symbols, computed step by step.
struct Pair {
  Dim dim;
  int64_t value;
};

class Expressions {
 public:
  explicit Expressions(uint32_t seed) : random_(seed) {
    for (const char* name : {"a", "b", "n"}) values_[name] = number(1, 9);
  }
  const Values& values() const { return values_; }
  void add(const std::string& name, int64_t value) { values_[name] = value; }
  int64_t number(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }
  Pair make(int depth) {
    switch (depth == 0 ? number(0, 1) : number(0, 8)) {
      case 0: {
        const int64_t c = number(-7, 7);
        return {Dim(c), c};
      }
      case 1: {
        const auto symbol = std::next(values_.begin(), number(0, static_cast<int64_t>(values_.size()) - 1));
        return {Dim::symbol(symbol->first), symbol->second};
      }
      default: break;
    }
    const Pair x = make(depth - 1), y = make(depth - 1);
    switch (number(0, 6)) {
      case 0: return {x.dim - y.dim, x.value - y.value};
      case 1: return {x.dim * y.dim, x.value * y.value};
      case 2: return {Dim::min(x.dim, y.dim), std::min(x.value, y.value)};
      case 3: return {Dim::max(x.dim, y.dim), std::max(x.value, y.value)};
      case 4:
        if (y.value == 0) break;
        return {Dim::floordiv(x.dim, y.dim), static_cast<int64_t>(std::floor(ratio(x.value, y.value)))};
      case 5:
        if (y.value == 0) break;
        return {Dim::ceildiv(x.dim, y.dim), static_cast<int64_t>(std::ceil(ratio(x.value, y.value)))};
      default: break;
    }
    return {x.dim + y.dim, x.value + y.value};
  }

 private:
  static double ratio(int64_t a, int64_t b) { return static_cast<double>(a) / static_cast<double>(b); }
  std::mt19937 random_;
  Values values_;
};

TEST(BaseDim, ArithmeticIsThatOfTheValues) {
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    Expressions expressions(seed);
    const Pair x = expressions.make(3), y = expressions.make(2), z = expressions.make(1);
    ASSERT_EQ(at(x.dim, expressions.values()), x.value) << x.dim.str();
    EXPECT_EQ(x.dim + y.dim, y.dim + x.dim);
    EXPECT_EQ(x.dim * y.dim, y.dim * x.dim);
    EXPECT_EQ((x.dim + y.dim) * z.dim, x.dim * z.dim + y.dim * z.dim) << x.dim.str() << " | " << y.dim.str();
    EXPECT_EQ(x.dim - x.dim, Dim(0));
    EXPECT_EQ(Dim::min(x.dim, y.dim), Dim::min(y.dim, x.dim));
  }
}

TEST(BaseDim, PrintsWhatItParses) {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    const Dim d = Expressions(seed).make(3).dim;
    ASSERT_LT(d.str().size(), 4000u);
    EXPECT_EQ(Dim::parse(d.str()), d) << d.str();
  }
  EXPECT_EQ(Dim::parse(" 2*( n+ 1 )*n - n ").str(), "n + 2*n*n");
  EXPECT_EQ(Dim::parse("min(n, 3)*ceildiv(m, -(2))").str(), "ceildiv(m, -2)*min(3, n)");
  EXPECT_EQ(Dim().str(), "0");
}

/// No divisor is 0 at the replacement's value either: it is known before the expression is made.
TEST(BaseDim, SubstitutionIsEvaluationOfTheReplacement) {
  int replaced = 0;
  for (uint32_t seed = 0; seed < 4000; ++seed) {
    Expressions expressions(seed);
    const Pair r = expressions.make(2);
    if (r.value < 0) continue;  // symbols are sizes
    expressions.add("z", r.value);
    const Pair x = expressions.make(3);
    const auto resolve = [&](std::string_view name) { return name == "z" ? r.dim : Dim::symbol(name); };
    Dim made;
    try {
      made = x.dim.substitute(resolve);
    } catch (const Error&) {
      continue;  // a product of too many terms
    }
    EXPECT_EQ(at(made, expressions.values()), x.value) << x.dim.str() << ", z = " << r.dim.str();
    EXPECT_EQ(std::ranges::count(made.symbols(), "z"), 0);
    ++replaced;
  }
  EXPECT_GT(replaced, 2000);
  EXPECT_EQ(Dim::parse("floordiv(a, 4)").substitute([](std::string_view) { return Dim::parse("8*n"); }),
            Dim::parse("2*n"));
}

TEST(BaseDim, DivisionsThatAreExactVanish) {
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  EXPECT_EQ(Dim::floordiv(n * m * Dim(12), m * Dim(4)), n * Dim(3));
  EXPECT_EQ(Dim::floordiv(n * Dim(4) + Dim(8), Dim(4)), n + Dim(2));
  EXPECT_EQ(Dim::floordiv(n * Dim(4) + m + Dim(11), Dim(4)), n + Dim(2) + Dim::floordiv(m + Dim(3), Dim(4)));
  EXPECT_EQ(Dim::ceildiv(n * Dim(6) - m * Dim(9) + Dim(6), Dim(3)), n * Dim(2) - m * Dim(3) + Dim(2));
  EXPECT_EQ(Dim::floordiv(n * Dim(-4) + m, Dim(-2)), n * Dim(2) + Dim::floordiv(m, Dim(-2)));
  EXPECT_TRUE(Dim::floordiv(n + Dim(11), Dim(4)).is_rising());
  EXPECT_EQ(Dim::floordiv(n, Dim(1)), n);
  EXPECT_EQ(Dim::ceildiv(n, Dim(1)), n);
  EXPECT_EQ(Dim::floordiv(Dim(-7), Dim(2)), Dim(-4));
  EXPECT_EQ(Dim::ceildiv(Dim(-7), Dim(2)), Dim(-3));
  EXPECT_EQ(Dim::floordiv(Dim(7), Dim(0)), Dim(0));
  EXPECT_EQ(at(Dim::floordiv(n, m), {{"n", 7}, {"m", 0}}), 0);
  EXPECT_NE(Dim::floordiv(n * Dim(3), Dim(2)), n);
  EXPECT_NE(Dim::floordiv(n, m), n);
}

TEST(BaseDim, SolvesForOneSymbol) {
  int64_t n = -1;
  EXPECT_TRUE(Dim::parse("2*n + 3").solve("n", 11, &n));
  EXPECT_EQ(n, 4);
  EXPECT_TRUE(Dim::parse("5 - n").solve("n", 2, &n));
  EXPECT_EQ(n, 3);
  for (const char* text : {"2*n + 3", "n*n", "n + m", "7", "m", "ceildiv(n, 2)", "n*m"})
    EXPECT_FALSE(Dim::parse(text).solve("n", 12, &n)) << text;
  const int64_t lowest = std::numeric_limits<int64_t>::min();
  EXPECT_TRUE(Dim::parse("-1*n").solve("n", lowest, &n));
  EXPECT_EQ(n, int64_t{1} << 62);
}

TEST(BaseDim, SolutionsAreSolutions) {
  int solved = 0;
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    Expressions expressions(seed);
    const Dim d = expressions.make(3).dim;
    int64_t n = 0;
    const int64_t value = expressions.number(-50, 50);
    if (d.solve("n", value, &n)) {
      EXPECT_EQ(at(d, {{"n", n}}), value) << d.str();  // no other symbol is in it
      ++solved;
    }
    const int64_t slope = expressions.number(1, 9), shift = expressions.number(-9, 9), root = expressions.number(0, 99);
    const Dim line = Dim(slope) * Dim::symbol("n") + Dim(shift);
    ASSERT_TRUE(line.solve("n", slope * root + shift, &n)) << line.str();
    EXPECT_EQ(n, root);
    if (slope > 1) {
      EXPECT_FALSE(line.solve("n", slope * root + shift + 1, &n)) << line.str();
    }
  }
  EXPECT_GT(solved, 20);
}

TEST(BaseDim, MinimumAndMaximumOfWhatIsOrdered) {
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  EXPECT_EQ(Dim::min(n, n + Dim(3)), n);
  EXPECT_EQ(Dim::min(n + Dim(3), n), n);
  EXPECT_EQ(Dim::max(n * m - Dim(2), n * m), n * m);
  EXPECT_EQ(Dim::max(n * m + n, Dim(0)), n * m + n);
  EXPECT_EQ(Dim::max(Dim(0), Dim::ceildiv(n, Dim(3))), Dim::ceildiv(n, Dim(3)));
  EXPECT_EQ(Dim::max(n - Dim(1), Dim(0)).str(), "max(0, n - 1)");
  EXPECT_EQ(Dim::min(n, m).str(), "min(m, n)");
}

/// What is said to rise does, and is never negative.
TEST(BaseDim, RisingFormsRise) {
  int rising = 0;
  for (uint32_t seed = 0; seed < 4000; ++seed) {
    Expressions expressions(seed);
    const Dim d = expressions.make(3).dim;
    if (!d.is_rising()) continue;
    ++rising;
    Values low, high;
    for (const auto& [name, value] : expressions.values()) {
      low[name] = expressions.number(0, 20);
      high[name] = low[name] + expressions.number(0, 5);
    }
    EXPECT_GE(at(d, low), 0) << d.str();
    EXPECT_LE(at(d, low), at(d, high)) << d.str();
  }
  EXPECT_GT(rising, 300);
}

/// Whatever the numbers are, nothing overflows: sanitizers watch.
TEST(BaseDim, ExtremeNumbersStayInRange) {
  constexpr int64_t kMost = int64_t{1} << 62, kLowest = std::numeric_limits<int64_t>::min();
  const int64_t extremes[] = {kLowest, -kMost, -kMost + 1, -1, 0, 1, 2, kMost - 1, kMost, -(kLowest + 1)};
  for (int64_t x : extremes)
    for (int64_t y : extremes)
      for (int64_t z : extremes) {
        const Dim a(x), b(y), n = Dim::symbol("n");
        for (const Dim& d :
             {a + b * n, a * b - n, Dim::floordiv(a * n + b, b), Dim::ceildiv(a, b + n), Dim::ceildiv(a * n + b, a),
              Dim::min(a * n, b), Dim::max(a + n, b + n), (a - n) * (b - n)}) {
          const int64_t value = at(d, {{"n", z}});
          EXPECT_LE(value, kMost) << d.str();
          EXPECT_GE(value, -kMost) << d.str();
          EXPECT_EQ(Dim::parse(d.str()), d) << d.str();
          int64_t root = 0;
          d.solve("n", z, &root);
          d.is_rising();
        }
      }
}

TEST(BaseDim, LargeNumbersSaturate) {
  constexpr int64_t kMost = int64_t{1} << 62;
  const Dim n = Dim::symbol("n"), large(kMost);
  EXPECT_EQ(at(n * n * n, {{"n", int64_t{1} << 40}}), kMost);
  EXPECT_EQ(at(n * n * n, {{"n", -(int64_t{1} << 40)}}), -kMost);
  EXPECT_EQ((large + large).constant(), kMost);
  EXPECT_EQ((large * Dim(-9)).constant(), -kMost);
  EXPECT_EQ(Dim(std::numeric_limits<int64_t>::min()).str(), "-4611686018427387904");
  EXPECT_EQ(Dim(std::numeric_limits<int64_t>::max()).constant(), kMost);
  EXPECT_EQ(saturating_mul(std::numeric_limits<int64_t>::min(), -1), kMost);
  EXPECT_EQ(saturating_add(std::numeric_limits<int64_t>::max(), 1), kMost);
}

TEST(BaseDim, ProductsOfLongSumsAreRefused) {
  std::vector<Dim> shape;
  for (int d = 0; d < 4; ++d) {
    Dim sum;
    for (int i = 0; i < 200; ++i)
      sum = sum + Dim::symbol(std::string(1, static_cast<char>('a' + d)) + std::to_string(i));
    shape.push_back(sum);
  }
  try {
    count_of(shape);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::out_of_range);
  }
}

TEST(BaseDim, TextThatIsNoDimensionIsRefused) {
  std::string deep(40, '('), wide = "(a + b)";
  for (int i = 0; i < 12; ++i) wide += "*(a" + std::to_string(i) + " + b" + std::to_string(i) + ")";
  for (const std::string& text :
       {std::string(), std::string("+"), std::string("n +"), std::string("n m"), std::string("(n"), std::string("n)"),
        std::string("min(n)"), std::string("power(n, 2)"), std::string("min(n, m"), std::string("9999999999999999999"),
        std::string("4611686018427387905"), std::string("n$"), deep + "n" + std::string(40, ')'), wide,
        std::string(5000, '-') + "1"}) {
    try {
      Dim::parse(text);
      ADD_FAILURE() << text.substr(0, 40);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
    }
  }
}

TEST(BaseDim, RisingFormsAreSeen) {
  for (const char* text : {"0", "7", "n", "n + 1", "3*n*m + n + 2", "ceildiv(n, 16)", "floordiv(n*m, 4) + m",
                           "min(n, 512)", "max(n, m + 1)", "16*ceildiv(min(n, m), 16)"})
    EXPECT_TRUE(Dim::parse(text).is_rising()) << text;
}

TEST(BaseDim, WhatMayFallOrBeNegativeIsNot) {
  for (const char* text : {"-1", "n - 1", "9 - n", "m - n", "n*m - n", "ceildiv(16, n)", "floordiv(n, 0)",
                           "floordiv(n, -2)", "min(n, -3)", "max(n, 5 - m)", "n*min(m, 5 - m)"})
    EXPECT_FALSE(Dim::parse(text).is_rising()) << text;
}

TEST(BaseDim, ARisingFormIsBoundedByItsBound) {
  const Dim d = Dim::parse("16*ceildiv(min(n, m), 16) + floordiv(n*m, 4)");
  auto value = [&](int64_t n, int64_t m) { return at(d, {{"n", n}, {"m", m}}); };
  for (int64_t n = 0; n < 40; ++n)
    for (int64_t m = 0; m < 40; ++m) {
      EXPECT_LE(value(n, m), value(n + 1, m));
      EXPECT_LE(value(n, m), value(n, m + 1));
    }
}

/// Each level has the one below many times over.
TEST(BaseDim, WhatWouldTakeAllMemoryIsRefused) {
  Dim many;
  for (char c = 'a'; c <= 'p'; ++c) many = many + Dim::symbol(std::string(1, c));
  const auto nest = [&](const Dim& x) { return Dim::max(x * many * many, Dim::symbol("q")); };
  const auto twice = [](const Dim& x) { return Dim::max(x * Dim::symbol("n"), x * Dim::symbol("m")); };
  for (const auto& step : {std::function<Dim(const Dim&)>(nest), std::function<Dim(const Dim&)>(twice)}) {
    Dim x = Dim::symbol("x");
    size_t longest = 0;
    try {
      for (int level = 0; level < 60; ++level) {
        x = step(x);
        longest = x.str().size();
      }
      ADD_FAILURE() << "60 levels of " << longest << " characters";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::out_of_range);
      EXPECT_LE(longest, size_t{1} << 18);
    }
  }
}

}  // namespace
}  // namespace lathe
