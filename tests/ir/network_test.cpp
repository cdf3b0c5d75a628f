#include "ir/network.h"

#include <gtest/gtest.h>

#include <ctime>

#include "base/error.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/non_zero.h"
#include "ops/shape.h"
#include "ops/slice.h"
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

/// 5,000 symbols of one kind: a search of all values for each number took hours.
TEST(IrNetwork, ManySymbols) {
  Network network;
  const ValueId x = network.add_input("x", {DType::boolean, {Dim::symbol("n")}});
  for (int i = 0; i < 5000; ++i) network.add1(ops::NonZero{network.unique_symbol("found")}, {x}, "nonzero");
  EXPECT_EQ(network.unique_symbol("found"), "found_5000");
  EXPECT_EQ(network.unique_symbol("n"), "n_1");
  EXPECT_EQ(network.unique_symbol("m"), "m");
}

/// What is known of elements follows what nodes read.
TEST(IrNetwork, ElementsFollowRewrites) {
  Network network;
  const Dim n = Dim::symbol("n");
  const ValueId x = network.add_input("x", {DType::f32, {n}});
  const auto number = [&](int64_t value) {
    return network.add_constant("number", {DType::i64, {1}}, {Blob::copy_of(&value, sizeof value), nullptr});
  };
  const ValueId five = number(5), seven = number(7), nine = number(9);
  const ValueId size = network.add1(ops::ShapeOf{}, {x}, "size");
  const ValueId wide = network.add1(ops::Cast{DType::i64}, {size}, "wide");
  const ValueId sum = network.add1(ops::Binary{ops::BinaryKind::add}, {wide, five}, "sum");
  const ValueId twice = network.add1(ops::Binary{ops::BinaryKind::add}, {sum, sum}, "twice");
  const auto is = [&](ValueId id, const Dim& dim) { return network.elements(id) == ops::Elements({{dim}}); };
  EXPECT_TRUE(is(twice, Dim(2) * n + Dim(10)));
  network.replace(five, seven);
  EXPECT_TRUE(is(sum, n + Dim(7)));
  EXPECT_TRUE(is(twice, Dim(2) * n + Dim(14)));
  network.set_input(network.value(sum).producer, 1, nine);
  EXPECT_TRUE(is(twice, Dim(2) * n + Dim(18)));
  const ValueId other = network.add_input("other", {DType::i64, {1}});
  network.replace(wide, other);
  EXPECT_FALSE(is(twice, Dim(2) * n + Dim(18))) << "only a run knows it";
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

const Dim kN = Dim::symbol("n"), kM = Dim::symbol("m"), kK = Dim::symbol("k");

/// Sizes that a node needs equal have one name, but not where the node is refused for what comes behind that.
TEST(IrNetwork, ANodeThatIsRefusedRenamesNothing) {
  Network network;
  std::vector<Dim> wide(Shape::kMaxRank + 1, Dim(1)), other = wide;
  wide[0] = kN, other[0] = kM;
  const ValueId a = network.add_input("a", {DType::f32, {kN}}), b = network.add_input("b", {DType::f32, {kM}});
  const ValueId x = network.add_input("x", {DType::f32, wide}), y = network.add_input("y", {DType::f32, other});
  network.mark_output("b", b);
  const std::string before = print(network);
  for (int i = 0; i < 2; ++i) {
    try {
      network.add1(ops::Binary{ops::BinaryKind::add}, {x, y}, "both");
      ADD_FAILURE() << "nine dimensions";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unsupported) << error.what();
    }
    EXPECT_EQ(print(network), before);
    EXPECT_EQ(network.renamed(kM).str(), "m");
  }
  // What is taken then is named as if nothing had been refused.
  const ValueId both = network.add1(ops::Binary{ops::BinaryKind::add}, {b, a}, "both");
  EXPECT_EQ(network.value(both).name, "both.out");
  EXPECT_EQ(network.renamed(kM).str(), "n");
  EXPECT_EQ(to_string(network.value(y).type.shape), to_string(wide));
}

/// One name is given before another is refused: neither stays.
TEST(IrNetwork, NamesThatContradictLeaveNoTrace) {
  Network network;
  const ValueId a = network.add_input("a", {DType::f32, {kN}});
  const ValueId p = network.add_input("p", {DType::f32, {kM, kN}}),
                q = network.add_input("q", {DType::f32, {kK, Dim(2)}});
  network.mark_output("part", network.add1(ops::Slice{.start = {Dim(0)}, .size = {Dim(3)}}, {a}, "part"));
  const std::string before = print(network);
  try {
    network.add1(ops::Binary{ops::BinaryKind::add}, {p, q}, "bad");
    ADD_FAILURE() << "n is 2 and at least 3";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("does not allow"), std::string::npos) << error.what();
  }
  EXPECT_EQ(print(network), before);
  EXPECT_EQ(network.renamed(kK).str(), "k");
  EXPECT_THROW(network.unify(kN, Dim(2), "nobody"), Error);
  EXPECT_EQ(print(network), before);
}

/// Takes time in line with what speaks of the names, not with the square of the network.
TEST(IrNetwork, ManySizesThatAreOne) {
  constexpr int kInputs = 2000;
  Network network;
  std::vector<ValueId> inputs;
  for (int i = 0; i < kInputs; ++i)
    inputs.push_back(network.add_input(fmt::format("x{}", i), {DType::f32, {Dim::symbol(fmt::format("n{}", i))}}));
  [[maybe_unused]] const std::clock_t start = std::clock();
  ValueId sum = inputs[0];
  for (int i = 1; i < kInputs; ++i)
    sum = network.add1(ops::Binary{ops::BinaryKind::add}, {sum, inputs[static_cast<size_t>(i)]}, "sum");
  EXPECT_EQ(to_string(network.value(sum).type), "f32[n0]");
  EXPECT_EQ(to_string(network.value(inputs.back()).type), "f32[n0]");
  EXPECT_EQ(network.equalities.size(), static_cast<size_t>(kInputs) - 1);
  EXPECT_EQ(network.inputs.back().declared, std::vector<Dim>{Dim::symbol(fmt::format("n{}", kInputs - 1))});
  // As text too.
  network.mark_output("sum", sum);
  const std::string text = print(network);
  EXPECT_EQ(print(parse(text)), text);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(std::clock() - start, 2 * CLOCKS_PER_SEC);
#endif
}

/// Roles that name the size of packed rows name it as shapes do.
TEST(IrNetwork, RolesFollowNames) {
  Network network = parse(
      "input %a: f32[n, 2]\n"
      "input %x: f32[rows, 2]\n"
      "input %bounds: i32[b + 1] as bounds rows\n"
      "input %picked: i32[p] as rows rows\n"
      "%sum.out: f32[n, 2] = binary(kind=add) (%a, %x)\n"
      "output sum = %sum.out\n"
      "entry inner = %sum.out required as packed a\n");
  EXPECT_EQ(network.inputs[2].role.of, "n");
  EXPECT_EQ(network.inputs[3].role.of, "n");
  EXPECT_EQ(network.entries[0].role.of, "a") << "an input's name";
  const ValueId late =
      network.add_input("late", {DType::i32, {Dim::symbol("q")}}, InputDefault::required, {Role::bounds, "rows"});
  EXPECT_EQ(network.inputs.back().value, late);
  EXPECT_EQ(network.inputs.back().role.of, "n");
  EXPECT_EQ(print(parse(print(network))), print(network));
}

}  // namespace
}  // namespace lathe::ir
