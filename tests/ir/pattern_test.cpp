#include "ir/pattern.h"

#include <gtest/gtest.h>

#include "tests/support/mini_bert.h"

namespace lathe::ir {
namespace {

using namespace pattern;
using test::NetworkBuilder;

struct Graph {
  NetworkBuilder b;
  ValueId x = b.input("x", {4}), y = b.input("y", {4}), z = b.input("z", {4});
  Matcher matcher{b.network};
  bool matches(const Pattern& pattern, ValueId root) {
    b.output("root", root);
    bool found = matcher.match(pattern, root);
    b.network.outputs.pop_back();
    return found;
  }
};

TEST(IrPattern, CommutesAndBacktracks) {
  Graph g;
  Found a, c;
  // a + (a * c): the product's operands must swap for a to be the same value twice.
  Pattern pattern = add(bind(a), binary(ops::BinaryKind::mul, bind(a), bind(c)));
  ValueId root = g.b.sum(g.x, g.b.product(g.y, g.x));
  EXPECT_TRUE(g.matches(pattern, root));
  EXPECT_EQ(a, g.x);
  EXPECT_EQ(c, g.y);
  EXPECT_TRUE(g.matches(pattern, g.b.sum(g.b.product(g.z, g.y), g.z)));
  EXPECT_EQ(a, g.z);
  EXPECT_FALSE(g.matches(add(bind(a), binary(ops::BinaryKind::mul, bind(a), bind(a))), root));
  EXPECT_EQ(a, kNone);
}

TEST(IrPattern, OrderedOperandsDoNotCommute) {
  Graph g;
  Found a;
  ValueId root = g.b.difference(g.x, g.b.sqrt(g.y));
  EXPECT_TRUE(g.matches(sub(bind(a), unary(ops::UnaryKind::sqrt, any())), root));
  EXPECT_FALSE(g.matches(sub(unary(ops::UnaryKind::sqrt, any()), bind(a)), root));
}

TEST(IrPattern, NumbersByValue) {
  Graph g;
  FoundNumber n;
  ValueId root = g.b.sum(g.x, g.b.number(0.25));
  EXPECT_TRUE(g.matches(add(any(), number(0.25)), root));
  EXPECT_FALSE(g.matches(add(any(), number(0.26)), root));
  EXPECT_TRUE(g.matches(add(any(), number(n)), root));
  EXPECT_EQ(n.value, 0.25);
  EXPECT_FALSE(g.matches(add(number(n), number(n)), g.b.sum(g.x, g.y)));
}

TEST(IrPattern, WhatAFailedAttemptCountedIsForgotten) {
  Graph g;
  double total = 1;
  // Multiplies by the number on the right of a product, whatever its left is.
  Pattern counted = [&](Matcher& m, ValueId v) {
    const Node* node = m.network().producer(v);
    const auto factor = node ? number_of(m.network(), node->inputs[1]) : std::nullopt;
    if (factor) m.set(total, total * *factor);
    return factor && node->inputs[0] == g.x;
  };
  ValueId root = g.b.sum(g.b.product(g.y, g.b.number(7)), g.b.product(g.x, g.b.number(3)));
  EXPECT_TRUE(g.matches(add(counted, any()), root));
  EXPECT_EQ(total, 3);
  EXPECT_FALSE(g.matches(add(counted, number(1)), root));
  EXPECT_EQ(total, 1);
}

TEST(IrPattern, InnerValuesMustNotBeReadOutside) {
  Graph g;
  ValueId inner = g.b.sqrt(g.x), root = g.b.sum(inner, g.y);
  Pattern pattern = add(unary(ops::UnaryKind::sqrt, any()), any());
  Pattern looking = add(shared(unary(ops::UnaryKind::sqrt, any())), any());
  EXPECT_TRUE(g.matches(pattern, root));
  g.b.output("inner", inner);
  EXPECT_FALSE(g.matches(pattern, root));
  EXPECT_TRUE(g.matches(looking, root));
  g.b.network.outputs.clear();
  g.b.product(inner, g.z);
  EXPECT_FALSE(g.matches(pattern, root));
}

TEST(IrPattern, ProductsInEverySpelling) {
  Graph g;
  Found a;
  Pattern cube = product(0.5, {bind(a), bind(a), bind(a)});
  auto half = [&](ValueId v) { return g.b.product(g.b.number(0.5), v); };
  EXPECT_TRUE(g.matches(cube, half(g.b.product(g.x, g.b.product(g.x, g.x)))));
  EXPECT_TRUE(g.matches(cube, g.b.product(g.b.quotient(g.x, g.b.number(2)), g.b.product(g.x, g.x))));
  EXPECT_TRUE(g.matches(cube, half(g.b.add(ops::Binary{ops::BinaryKind::pow}, {g.x, g.b.number(3)}))));
  EXPECT_FALSE(g.matches(cube, half(g.b.product(g.x, g.b.product(g.x, g.y)))));
  EXPECT_FALSE(g.matches(cube, half(g.b.product(g.x, g.x))));
  EXPECT_FALSE(g.matches(cube, g.b.product(g.x, g.b.product(g.x, g.x))));
}

TEST(IrPattern, DenominatorsAreApart) {
  Graph g;
  Found a, c;
  Pattern ratio = product(1, {bind(a), over(bind(c))});
  EXPECT_TRUE(g.matches(ratio, g.b.quotient(g.x, g.y)));
  EXPECT_EQ(c, g.y);
  EXPECT_TRUE(g.matches(ratio, g.b.product(g.b.add(ops::Unary{ops::UnaryKind::recip}, {g.x}), g.y)));
  EXPECT_EQ(c, g.x);
  EXPECT_FALSE(g.matches(ratio, g.b.product(g.x, g.y)));
  EXPECT_FALSE(g.matches(product(1, {bind(a)}), g.b.quotient(g.x, g.b.number(0))));
}

TEST(IrPattern, DeepChainsOfFactorsEnd) {
  Graph g;
  ValueId v = g.x;
  for (int i = 0; i < 500; ++i) v = g.b.add(ops::Unary{ops::UnaryKind::neg}, {v});
  Found a;
  EXPECT_FALSE(g.matches(product(2, {bind(a)}), v));
}

}  // namespace
}  // namespace lathe::ir
