#include <gtest/gtest.h>

#include "ops/expand.h"
#include "ops/matmul.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

TEST(PassesDropExpands, ProductsAndSumsRepeatThemselves) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {kBatch, 2, kSeq, 3}), w = b.input("w", {1, 2, 5, 3}), r = b.input("r", {1, 1, 5});
  const ValueId all = b.add(ops::Expand{{kBatch, 2, 5, 3}}, {w});
  const ValueId y = b.add(ops::MatMul{}, {x, b.transpose(all, {0, 1, 3, 2})});
  b.output("y", b.sum(b.add(ops::Expand{{kBatch, 2, kSeq, 5}}, {r}), y));
  expect_becomes("drop_expands", b.network, {"transpose", "matmul", "binary"});
}

TEST(PassesDropExpands, LeavesWhatGivesTheShape) {
  NetworkBuilder b;
  const ValueId w = b.input("w", {1, 3}), x = b.input("x", {1, 3});
  b.output("y", b.sum(b.add(ops::Expand{{kBatch, 3}}, {w}), x));
  expect_refuses("drop_expands", b.network);
}

}  // namespace
}  // namespace lathe::passes::testing
