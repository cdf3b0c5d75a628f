#include "ir/expand.h"

#include <gtest/gtest.h>

#include "io/tensor.h"
#include "lathe/error.h"
#include "ops/attention.h"
#include "ops/fill.h"
#include "ops/layer_norm.h"
#include "ops/sequence_pool.h"
#include "tests/support/mini_bert.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe::ir {
namespace {

using test::NetworkBuilder;

TEST(IrExpand, NumbersOfEveryType) {
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i32, DType::i64}) {
    Network network;
    const ValueId number = add_number(network, -2, type);
    network.mark_output("y", number);
    EXPECT_EQ(test::to_doubles(test::run_network(network, {}).at("y")), std::vector<double>{-2}) << to_string(type);
    EXPECT_EQ(network.value(number).constant->recipe->op, ops::Op(ops::Fill{type, {}, -2})) << "it has no source";
  }
  Network network;
  EXPECT_THROW(add_number(network, 1, DType::u8), Error);
}

TEST(IrExpand, NodesAreNamedAndPlacedAfterTheirOrigin) {
  NetworkBuilder b;
  b.set_origin("layer.3.norm");
  const ValueId y = b.add(ops::LayerNorm{}, {b.input("x", {2, 5}), b.weight("g", {5}), b.weight("h", {5})});
  const Node node = *b.network.producer(y);
  NetworkExpander to(b.network, node);
  const ValueId spelt = node.op.expand(to, node.inputs);
  ASSERT_NE(spelt, kNone);
  EXPECT_EQ(b.network.value(spelt).type, b.network.value(y).type);
  ASSERT_FALSE(to.nodes().empty());
  for (NodeId id : to.nodes()) {
    EXPECT_EQ(b.network.node(id).origins, node.origins);
    EXPECT_TRUE(b.network.node(id).name.starts_with(node.name + ".")) << b.network.node(id).name;
  }
}

/// Their bounds are data, which no shape of a simpler op can follow.
TEST(IrExpand, PackedFormsHaveNoSpelling) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {Dim::symbol("tokens"), 6}), bounds = b.input("bounds", {4}, DType::i32);
  const ValueId attention = b.add(ops::Attention{.heads = 2, .mask = ops::AttentionMask::packed}, {x, x, x, bounds});
  const ValueId pool = b.add(ops::SequencePool{ops::PoolMode::mean, true}, {x, bounds});
  for (ValueId value : {attention, pool}) {
    const Node node = *b.network.producer(value);
    NetworkExpander to(b.network, node);
    EXPECT_EQ(node.op.expand(to, node.inputs), kNone);
    EXPECT_TRUE(to.nodes().empty());
  }
}

}  // namespace
}  // namespace lathe::ir
