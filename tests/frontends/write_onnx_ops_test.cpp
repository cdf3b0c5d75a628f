// The tables that say how ops are written as ONNX have all ops, each once.
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "frontends/onnx/write/spelling.h"
#include "frontends/onnx/write/writer.h"
#include "ops/attention.h"
#include "ops/copy.h"
#include "tests/errors/refusal.h"

namespace lathe::onnx {
namespace {

TEST(WriteOnnxOps, EveryOpIsWrittenOrRefusedWithAReason) {
  for (const ops::OpInfo* info : ops::all_ops()) {
    const Spelling& spelling = spelling_of(info->name);
    EXPECT_TRUE(spelling.write != nullptr || info->expand != nullptr || !spelling.refusal.empty()) << info->name;
  }
}

TEST(WriteOnnxOps, NoEntryIsThereTwiceOrForNothing) {
  std::set<std::string_view> names;
  for (const Spelling* spelling : spellings()) {
    EXPECT_TRUE(names.insert(spelling->op).second) << spelling->op;
    EXPECT_EQ(ops::find_op(spelling->op).name, spelling->op);
  }
  EXPECT_EQ(names.size(), ops::all_ops().size());
}

TEST(WriteOnnxOps, RefusalsNameNodeOpAndTypes) {
  const Dim tokens = Dim::symbol("tokens"), sequences = Dim::symbol("sequences");
  ir::Network network;
  std::vector<ir::ValueId> inputs;
  for (const char* name : {"q", "k", "v"}) inputs.push_back(network.add_input(name, {DType::f32, {tokens, Dim(4)}}));
  inputs.push_back(network.add_input("bounds", {DType::i32, {sequences + Dim(1)}}));
  ops::Attention op{2};
  op.mask = ops::AttentionMask::packed;
  network.mark_output("y", network.add1(op, inputs, "layer.0.attention"));
  test::expect_refusal(
      ErrorCode::unsupported,
      {"layer.0.attention", "mask=packed) on f32[tokens, 4], f32[tokens, 4]", "leave out the pass or layer"},
      [&] { model_of(network); });
}

}  // namespace
}  // namespace lathe::onnx
