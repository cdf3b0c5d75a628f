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
