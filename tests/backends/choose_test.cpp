#include "backends/choose.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ops/linear.h"
#include "ops/softmax.h"
#include "ops/transpose.h"

namespace lathe::backends {
namespace {

Operand operand(DType type, const std::vector<Dim>& shape, const Shape& typical, bool constant = false) {
  return {{type, shape}, typical, constant};
}

/// y [n, 16] = softmax(x) for this machine, or one of a lower level.
Choice softmax_on(Features features, const std::vector<Layout>& layouts = {Layout::dense}) {
  Machine machine = this_machine(2);
  machine.features = features;
  const Dim n = Dim::symbol("n");
  const ops::Op op = ops::Softmax{-1};
  const std::vector<Operand> in = {operand(DType::f32, {n, 16}, {8, 16})}, out = in;
  const Question question{op, in, out, machine};
  return choose(question, takes_layouts(question, layouts));
}

TEST(BackendsChoose, TakesTheHighestSetThatTheMachineHas) {
  using enum Feature;
  const Features sets[] = {{},
                           {avx_vnni},
                           {avx_vnni, amx_int8},
                           {avx512},
                           {amx_bf16},
                           {avx512, avx512_fp16},
                           {avx512, avx512_bf16, amx_int8},
                           {avx512, amx_bf16}};
  for (const Features& features : sets) {
    const Choice choice = softmax_on(features);
    ASSERT_NE(choice.tactic, nullptr);
    const std::string kernel = features.has(avx512) ? "avx512" : "avx2";
    EXPECT_EQ(choice.tactic->name(), "cpu.softmax.f32." + kernel);
    EXPECT_GT(choice.cost, 0);
  }
}

TEST(BackendsChoose, EachOtherTacticHasAReasonFromTheVocabulary) {
  const Choice choice = softmax_on(Features{});
  size_t named = 0;
  for (const Backend* backend : backends_of(kHost))
    for (const Tactic* tactic : backend->tactics()) named += tactic->op() == "softmax";
  ASSERT_EQ(choice.rivals.size() + 1, named);
  bool lacks_avx512 = false, reference = false;
  for (const Choice::Rival& rival : choice.rivals) {
    const std::string& reason = rival.reason;
    EXPECT_TRUE(reason.starts_with("needs ") || reason.starts_with("unsupported ") || reason.starts_with("slower: ") ||
                reason.ends_with(" must be contiguous"))
        << rival.tactic << ": " << reason;
    lacks_avx512 = lacks_avx512 || (rival.tactic == "cpu.softmax.f32.avx512" && reason == "needs avx512");
    reference = reference || (rival.tactic == "reference.softmax" && reason == "slower: the reference, a last resort");
  }
  EXPECT_TRUE(lacks_avx512);
  EXPECT_TRUE(reference);
}

TEST(BackendsChoose, StridedInputsNeedATacticThatTakesThem) {
  Machine machine = this_machine(1);
  const ops::Op op = ops::Transpose{{1, 0}};
  const std::vector<Operand> in = {operand(DType::f32, {4, 6}, {4, 6})}, out = {operand(DType::f32, {6, 4}, {6, 4})};
  const Question question{op, in, out, machine};
  const Choice plain = choose(question, takes_layouts(question, {Layout::dense}));
  ASSERT_NE(plain.tactic, nullptr);
  const Choice strided = choose(question, takes_layouts(question, {Layout::rows}));
  for (const Choice::Rival& rival : strided.rivals) {
    const Tactic* tactic = find_tactic(rival.tactic);
    if (tactic->refuse(question).empty() && tactic->input_layout(0) < Layout::rows) {
      EXPECT_EQ(rival.reason, "input 0 must be contiguous");
    }
  }
  EXPECT_TRUE(!strided.tactic || strided.tactic->input_layout(0) >= Layout::rows);
}

TEST(BackendsChoose, WhatNobodyRunsHasNoTactic) {
  Machine machine = this_machine(1);
  const ops::Op op = ops::Linear{};
  const std::vector<Operand> in = {operand(DType::i8, {2, 3}, {2, 3}), operand(DType::i8, {3, 4}, {3, 4}, true)},
                             out = {operand(DType::f32, {2, 4}, {2, 4})};
  const Choice choice = choose({op, in, out, machine}, {});
  for (const Choice::Rival& rival : choice.rivals)
    EXPECT_TRUE(!rival.tactic.starts_with("cpu.") || rival.reason.starts_with("unsupported type") ||
                rival.reason.starts_with("needs "))
        << rival.reason;
}

}  // namespace
}  // namespace lathe::backends
