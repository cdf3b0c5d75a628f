#include <gtest/gtest.h>

#include "ops/gather.h"
#include "ops/matmul.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

struct Tables {
  NetworkBuilder b;
  ValueId ids(const std::string& name) { return b.input(name + "_ids", {kBatch, kSeq}, DType::i32); }
  ValueId lookup(const std::string& name, DType stored, int64_t axis = 0) {
    return b.add(ops::Gather{axis}, {b.stored_weight(name, {10, 10}, stored), ids(name)});
  }
};

TEST(PassesWidenAfterLookup, RowsAreWidened) {
  for (DType stored : {DType::f16, DType::bf16}) {
    Tables t;
    t.b.output("y", t.lookup("a", stored));
    expect_becomes("widen_after_lookup", t.b.network, {"gather", "cast"});
  }
}

TEST(PassesWidenAfterLookup, OtherReadersKeepTheWideTable) {
  Tables t;  // a decoder that is tied to the words
  ValueId table = t.b.stored_weight("words", {10, 10}, DType::f16);
  ValueId x = t.b.input("x", {kBatch, kSeq, 10});
  t.b.output("rows", t.b.add(ops::Gather{0}, {table, t.ids("a")}));
  t.b.output("logits", t.b.add(ops::MatMul{.transpose_b = true}, {x, table}));
  expect_refuses("widen_after_lookup", t.b.network);
}

TEST(PassesWidenAfterLookup, LeavesOtherLookupsAlone) {
  for (bool wide : {true, false}) {
    Tables t;
    t.b.output("y", wide ? t.lookup("a", DType::f32) : t.lookup("a", DType::f16, 1));
    expect_refuses("widen_after_lookup", t.b.network);
  }
  Tables t;  // a table that rounds when it is cast
  t.b.output("y", t.lookup("a", DType::f64));
  expect_refuses("widen_after_lookup", t.b.network);
}

}  // namespace
}  // namespace lathe::passes::testing
