#include "ir/network.h"

#include <gtest/gtest.h>

#include "tests/support/mini_bert.h"

namespace lathe::ir {
namespace {

TEST(IrNetwork, NamesAreMadeUnique) {
  Network network;
  EXPECT_EQ(network.unique_name("x"), "x");
  EXPECT_EQ(network.unique_name("x.2"), "x.2");
  EXPECT_EQ(network.unique_name("x"), "x.1");
  EXPECT_EQ(network.unique_name("x"), "x.3");
  EXPECT_EQ(network.unique_name("x.1"), "x.1.1");
  EXPECT_EQ(network.unique_name(""), "");
  EXPECT_EQ(network.unique_name(""), ".1");
}

/// 200,000 equal names: a search from the first number on, or an insertion into a sorted list, would take minutes.
TEST(IrNetwork, ManyEqualNames) {
  Network network;
  std::string last;
  for (int i = 0; i < 200000; ++i) last = network.unique_name("node");
  EXPECT_EQ(last, "node.199999");
}

TEST(IrNetwork, UsersAreKeptThroughRewrites) {
  test::NetworkBuilder b;
  const ValueId x = b.weight("x", {3}), y = b.weight("y", {3}), both = b.product(x, x), one = b.sqrt(x);
  const ValueId mixed = b.sum(x, y);
  const auto makers = [&](std::initializer_list<ValueId> values) {
    std::vector<NodeId> nodes;
    for (ValueId v : values) nodes.push_back(b.network.value(v).producer);
    return nodes;
  };
  EXPECT_EQ(b.network.users(x), makers({both, one, mixed}));
  EXPECT_EQ(b.network.users(y), makers({mixed}));
  b.network.set_input(b.network.value(both).producer, 0, y);
  EXPECT_EQ(b.network.users(x), makers({both, one, mixed})) << "it reads x still";
  EXPECT_EQ(b.network.users(y), makers({both, mixed}));
  b.network.set_input(b.network.value(both).producer, 1, y);
  EXPECT_EQ(b.network.users(x), makers({one, mixed}));
  EXPECT_EQ(b.network.users(y), makers({both, mixed}));
  b.network.replace(x, y);
  EXPECT_TRUE(b.network.users(x).empty());
  EXPECT_EQ(b.network.users(y), makers({both, one, mixed}));
  b.network.erase(b.network.value(one).producer);
  EXPECT_EQ(b.network.users(y), makers({both, mixed}));
  EXPECT_EQ(b.network.nodes(), makers({both, mixed}));
  // In the order that sort() makes of nodes that were added late.
  const ValueId late = b.sqrt(y);
  b.network.set_input(b.network.value(both).producer, 0, late);
  b.network.sort();
  EXPECT_EQ(b.network.users(y), makers({late, both, mixed}));
}

TEST(IrNetwork, UnreadConstantsLoseTheirBytes) {
  test::NetworkBuilder b;
  ValueId read = b.weight("read", {3}), unread = b.weight("unread", {3}), shown = b.weight("shown", {3});
  b.output("y", b.sqrt(read));
  b.output("shown", shown);
  b.sqrt(unread);
  EXPECT_TRUE(b.network.remove_dead());
  EXPECT_NE(b.network.value(read).constant->data.data, nullptr);
  EXPECT_NE(b.network.value(shown).constant->data.data, nullptr);
  EXPECT_EQ(b.network.value(unread).constant->data.data, nullptr);
  EXPECT_EQ(b.network.live_constants(), (std::vector<ValueId>{read, shown}));
}

}  // namespace
}  // namespace lathe::ir
