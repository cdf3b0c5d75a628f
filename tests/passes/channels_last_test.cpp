// channels_last, push_transposes and what comes of them together.
#include <gtest/gtest.h>

#include "ops/activation.h"
#include "ops/concat.h"
#include "ops/conv.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/pad.h"
#include "ops/pool.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/resize.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using ops::ActKind;

/// Networks over images [batch, c, h, w].
struct Images {
  NetworkBuilder b;
  int made = 0;

  ValueId input(int64_t channels, int64_t size = 6) { return b.input("x", {kBatch, channels, size, size}); }
  std::string name() { return "w" + std::to_string(made++); }
  const std::vector<Dim>& shape(ValueId v) { return b.network.value(v).type.shape; }

  ValueId conv(ValueId x, int64_t outputs, int64_t k, int64_t stride = 1, int64_t groups = 1, bool bias = false) {
    const int64_t channels = shape(x)[1].constant();
    ops::Conv op{{{stride, stride}, {}, {k / 2, k / 2}, {k / 2, k / 2}}, groups};
    std::vector<ValueId> inputs = {x, b.weight(name(), {outputs, channels / groups, k, k})};
    if (bias) inputs.push_back(b.weight(name(), {outputs}));
    return b.add(op, inputs);
  }
  /// As importers spell normalisation by the statistics of batches.
  ValueId normalized(ValueId x) {
    const int64_t channels = shape(x)[1].constant();
    const ValueId y = b.product(x, b.weight(name(), {channels, 1, 1}, 1));
    return b.sum(y, b.weight(name(), {channels, 1, 1}));
  }
  ValueId relu(ValueId x) { return b.add(ops::Act{ActKind::relu}, {x}); }
  ValueId relu6(ValueId x) { return b.add(ops::Act{ActKind::clip, 0, 6}, {x}); }
  ValueId block(ValueId x, int64_t outputs, int64_t k, int64_t stride = 1) {
    return relu(normalized(conv(x, outputs, k, stride)));
  }
  ValueId mean(ValueId x) { return b.add(ops::Reduce{ops::ReduceKind::mean, {2, 3}, true}, {x}); }
  ValueId classified(ValueId x) {
    const int64_t channels = shape(x)[1].constant();
    const ValueId flat = b.reshape(mean(x), {kBatch, Dim(channels)});
    return b.sum(b.add(ops::MatMul{}, {flat, b.weight(name(), {channels, 5})}), b.weight(name(), {5}));
  }
  ir::Network finish(ValueId y) {
    b.output("y", y);
    ir::Network network = b.network;
    network.remove_dead();
    return network;
  }
};

/// The kinds of op after all passes; results stay the same.
std::vector<std::string> after_all(const ir::Network& before) {
  ir::Network network = before;
  run_all(network);
  expect_equal(before, network, random_inputs(before, 1, 2), 2e-5);
  return kinds_in_order(network);
}
using Kinds = std::vector<std::string>;

TEST(PassesChannelsLast, ResidualBlock) {
  Images n;
  const ValueId x = n.block(n.input(3, 8), 8, 3, 2);
  ValueId y = n.normalized(n.conv(n.block(n.block(x, 4, 1), 4, 3), 8, 1));
  y = n.relu(n.b.sum(y, x));
  EXPECT_EQ(after_all(n.finish(n.classified(y))),
            (Kinds{"transpose", "conv", "linear", "conv", "linear", "reduce", "reshape", "linear"}));
}

TEST(PassesChannelsLast, InvertedBottleneck) {
  Images n;
  const ValueId x = n.relu6(n.normalized(n.conv(n.input(3, 8), 8, 3, 2)));
  ValueId y = n.relu6(n.normalized(n.conv(x, 12, 1)));
  y = n.relu6(n.normalized(n.conv(y, 12, 3, 1, 12)));
  y = n.b.sum(x, n.normalized(n.conv(y, 8, 1)));
  EXPECT_EQ(after_all(n.finish(y)), (Kinds{"transpose", "conv", "linear", "conv", "linear", "transpose"}));
}

/// A gate of one number a channel, through windows of their own.
TEST(PassesChannelsLast, SqueezeAndExcitation) {
  Images n;
  const ValueId x = n.block(n.input(3), 8, 3);
  const ValueId gate = n.b.add(ops::Act{ActKind::sigmoid}, {n.conv(n.relu(n.conv(n.mean(x), 4, 1, 1, 1, true)), 8, 1)});
  EXPECT_EQ(after_all(n.finish(n.b.product(x, gate))),
            (Kinds{"transpose", "conv", "reduce", "linear", "linear", "binary", "transpose"}));
}

/// Patches of an image become tokens.
TEST(PassesChannelsLast, PlacesInARow) {
  Images n;
  const ValueId x = n.b.add(ops::Conv{{{2, 2}}}, {n.input(3), n.b.weight("w", {8, 3, 2, 2})});
  const ValueId flat = n.b.reshape(x, {kBatch, Dim(8), Dim(9)});
  EXPECT_EQ(after_all(n.finish(n.b.transpose(flat, {0, 2, 1}))), (Kinds{"transpose", "conv", "reshape"}));
}

TEST(PassesChannelsLast, BranchesMeetAgain) {
  Images n;
  const ValueId x = n.block(n.input(3), 8, 3);
  const ValueId pooled = n.b.add(ops::Pool{.size = {3, 3}, .window = {{}, {}, {1, 1}, {1, 1}}}, {x});
  ValueId y = n.b.add(ops::Concat{1}, {n.block(x, 4, 1), n.block(x, 4, 3), pooled});
  y = n.b.add(ops::Slice{{Dim(0), Dim(2), Dim(0), Dim(1)}, {kBatch, Dim(9), Dim(6), Dim(5)}, {}}, {y});
  y = n.b.add(ops::Pad{{0, 0, 1, 0}, {0, 1, 0, 0}, 0.5}, {y});
  y = n.b.add(ops::Resize{.mode = ops::ResizeMode::linear, .shape = {kBatch, Dim(10), Dim(14), Dim(9)}}, {y});
  const Kinds kinds = after_all(n.finish(n.block(y, 3, 3)));
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "transpose"), 2);
  EXPECT_EQ(kinds.front(), "transpose");
  EXPECT_EQ(kinds.back(), "transpose");
}

TEST(PassesChannelsLast, OtherNetworksStayAsTheyAre) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {kBatch, kSeq, 4, 6});
  b.output("y", b.add(ops::Act{ActKind::relu}, {b.transpose(x, {0, 3, 1, 2})}));
  expect_refuses("push_transposes", b.network);
}

/// What is read as it was before keeps its transpose.
TEST(PassesChannelsLast, OutputsInTheMidst) {
  Images n;
  const ValueId x = n.block(n.input(3), 8, 3);
  n.b.output("middle", x);
  const Kinds kinds = after_all(n.finish(n.block(x, 4, 3)));
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "transpose"), 3);
}

}  // namespace
}  // namespace lathe::passes::testing
