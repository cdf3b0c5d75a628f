#include <gtest/gtest.h>

#include "ops/activation.h"
#include "ops/concat.h"
#include "ops/conv.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using Steps = std::vector<std::string>;

struct Net {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, kSeq, 6});

  ValueId act(ValueId y, Activation kind) { return b.add(ops::Act{kind}, {y}); }
  ValueId product(int64_t columns, Activation kind) { return act(b.linear(x, columns), kind); }
  ir::Network finish(ValueId y) {
    b.output("y", y);
    ir::Network network = b.network;
    network.remove_dead();
    run_pass("fuse_linear", network);
    run_pass("fuse_epilogue", network);
    return network;
  }
};

/// As the two products of a gated unit.
TEST(PassesFuseParallel, ProductsOfOneInput) {
  Net n;
  ir::Network network = n.finish(n.b.product(n.product(4, Activation::gelu), n.product(4, Activation::gelu)));
  expect_becomes("fuse_parallel", network, {"concat", "concat", "linear", "slice", "slice", "binary"});
}

/// Their results may have different numbers of columns; what differs otherwise stays apart.
TEST(PassesFuseParallel, GroupsWhatIsAlike) {
  Net n;
  const ValueId all = n.b.add(ops::Concat{-1}, {n.product(3, Activation::tanh), n.product(5, Activation::gelu),
                                                n.product(2, Activation::tanh)});
  expect_becomes("fuse_parallel", n.finish(all), {"linear", "concat", "concat", "linear", "slice", "slice", "concat"});
}

TEST(PassesFuseParallel, LeavesWhatGainsNothing) {
  {
    Net n;  // wide
    expect_refuses("fuse_parallel",
                   n.finish(n.b.product(n.product(600, Activation::gelu), n.product(600, Activation::gelu))));
  }
  {
    Net n;  // a residual is read in one piece
    const ValueId a = n.b.linear(n.x, 6), y = n.b.linear(a, 6);
    expect_refuses("fuse_parallel", n.finish(n.b.sum(y, n.b.linear(n.x, 6))));
  }
  {
    Net n;  // another reader
    const ValueId a = n.product(4, Activation::gelu);
    n.b.output("a", a);
    expect_refuses("fuse_parallel", n.finish(n.b.product(a, n.product(4, Activation::gelu))));
  }
}

/// Of convolutions the windows must be the same ones.
TEST(PassesFuseParallel, Convolutions) {
  const auto network_of = [](int64_t second, int64_t groups) {
    NetworkBuilder b;
    const ValueId x = b.input("x", {kBatch, 5, 7, 4});
    const auto conv = [&](const char* name, int64_t k, int64_t outputs) {
      return b.add(ops::Conv{{{1, 1}, {}, {k / 2, k / 2}, {k / 2, k / 2}}, groups, true},
                   {x, b.weight(name, {k, k, 4 / groups, outputs})});
    };
    b.output("y", b.add(ops::Concat{-1}, {conv("v", 3, 2), conv("w", second, 6)}));
    return b.network;
  };
  expect_becomes("fuse_parallel", network_of(3, 1), {"concat", "conv", "slice", "slice", "concat"});
  expect_refuses("fuse_parallel", network_of(1, 1));
  expect_refuses("fuse_parallel", network_of(3, 2));
}

}  // namespace
}  // namespace lathe::passes::testing
