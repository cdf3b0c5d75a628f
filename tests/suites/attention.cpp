#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/attention.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

using ops::AttentionMask;

constexpr Tolerance kTolerance{.f32 = 3e-6, .bf16 = 1e-2, .f16 = 1e-3, .f64 = 1e-11};

ops::Attention op_of(int64_t heads, int64_t head_dim, AttentionMask mask) {
  return {.heads = heads, .scale = 1 / std::sqrt(static_cast<double>(head_dim)), .mask = mask};
}

Case padded(Random& random, DType type, ops::Attention op, int64_t batch, int64_t seq, int64_t width,
            DType mask_type = DType::i32) {
  Case made{op, {}};
  for (const char* name : {"q", "k", "v"}) made.inputs.push_back(random.normal_tensor(name, type, {batch, seq, width}));
  if (op.mask == AttentionMask::keys) made.inputs.push_back(random.mask_tensor("mask", mask_type, batch, seq));
  return made;
}

Case packed(Random& random, DType type, ops::Attention op, int64_t batch, int64_t tokens, int64_t width) {
  op.mask = AttentionMask::packed;
  Case made{op, {}};
  for (const char* name : {"q", "k", "v"}) made.inputs.push_back(random.normal_tensor(name, type, {tokens, width}));
  made.inputs.push_back(random.cu_seqlens_tensor("cu_seqlens", batch, tokens));
  return made;
}

TEST(SuiteAttention, HeadSizes) {
  Random random(20);
  Suite suite("attention", kTolerance);
  for (DType type : kFloats)
    for (int64_t head_dim : {1, 3, 8, 16, 17, 32, 33, 48, 64, 72, 80, 96, 100, 128})
      for (int64_t heads : {1, 3}) {
        ops::Attention op = op_of(heads, head_dim, AttentionMask::keys);
        suite.check(padded(random, type, op, 2, 19, heads * head_dim));
        suite.check(packed(random, type, op, 3, 37, heads * head_dim));
      }
  suite.check_coverage();
}

TEST(SuiteAttention, Lengths) {
  Random random(21);
  Suite suite("attention", kTolerance);
  for (DType type : {DType::f32, DType::bf16})
    for (int64_t tokens : {0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 256, 300, 512}) {
      suite.check(padded(random, type, op_of(2, 16, AttentionMask::none), 1, tokens, 32));
      suite.check(packed(random, type, op_of(2, 16, AttentionMask::none), 1, tokens, 32));
    }
}

TEST(SuiteAttention, Masks) {
  Random random(22);
  Suite suite("attention", kTolerance);
  for (DType type : kFloats) {
    for (DType mask : {DType::i32, DType::i64, DType::boolean, DType::u8, DType::f32})
      suite.check(padded(random, type, op_of(2, 32, AttentionMask::keys), 5, 23, 64, mask));
    suite.check(padded(random, type, op_of(2, 32, AttentionMask::none), 3, 23, 64));
    suite.check(padded(random, type, op_of(2, 32, AttentionMask::none), 0, 23, 64));
    for (int64_t batch : {1, 2, 7, 20})
      suite.check(packed(random, type, op_of(2, 32, AttentionMask::none), batch, 41, 64));
  }
}

TEST(SuiteAttention, Biases) {
  Random random(28);
  Suite suite("attention", kTolerance);
  const double infinity = std::numeric_limits<double>::infinity(), lowest = -3.4028234663852886e38;
  for (DType type : {DType::f32, DType::bf16, DType::f16})
    for (AttentionMask mask : {AttentionMask::none, AttentionMask::keys})
      for (int64_t seq : {1, 7, 19, 33, 70, 530})
        for (const Shape& shape :
             {Shape{2, 3, seq, seq}, Shape{1, 1, 1, seq}, Shape{2, 1, 1, seq}, Shape{1, 3, seq, seq}}) {
          // Longer than a chunk of keys: once.
          if (seq == 530 && (type != DType::f32 || mask != AttentionMask::keys || shape[0] != 2 || shape[2] != 1))
            continue;
          ops::Attention op = op_of(3, 8, mask);
          op.bias = true;
          Case made = padded(random, type, op, 2, seq, 24);
          // Some keys hidden, by each number that masks are made of; a row of the lowest one alone keeps equal weights.
          std::vector<double> values = to_doubles(random.normal_tensor("bias", DType::f32, shape, 0, 2));
          for (size_t i = 0; i < values.size(); ++i)
            values[i] = i % 5 == 1 ? -infinity : i % 7 == 2 ? lowest : i % 11 == 3 ? -10000 : values[i];
          for (int64_t j = 0; j < seq; ++j) values[static_cast<size_t>(j)] = lowest;
          made.inputs.push_back(make_tensor("bias", DType::f32, shape, values));
          suite.check(made);
          op.causal = true;
          made.op = op;
          if (seq == 33) suite.check(made);
        }
}

TEST(SuiteAttention, CausalAndWindows) {
  Random random(23);
  Suite suite("attention", kTolerance);
  for (DType type : {DType::f32, DType::bf16})
    for (AttentionMask mask : {AttentionMask::none, AttentionMask::keys, AttentionMask::packed})
      for (bool causal : {false, true})
        for (int64_t left : {-1, 0, 5})
          for (int64_t right : {-1, 0, 3}) {
            ops::Attention op = op_of(2, 24, mask);
            op.causal = causal;
            op.window_left = left;
            op.window_right = right;
            if (mask == AttentionMask::packed)
              suite.check(packed(random, type, op, 3, 50, 48));
            else
              suite.check(padded(random, type, op, 2, 21, 48));
          }
}

TEST(SuiteAttention, WindowsOfPositions) {
  // Tokens of sequences with holes, far and near; windows of long ones, of which most chunks of keys are never seen.
  Random random(29);
  Suite suite("attention", kTolerance);
  for (DType type : {DType::f32, DType::bf16})
    for (int64_t tokens : {50, 90, 1100})
      for (bool causal : {false, true})
        for (int64_t left : {0, 5, 64, 600})
          for (int64_t right : {-1, 0, 64}) {
            if (tokens == 1100 && (causal || left < 64 || right != (left == 64 ? 64 : 0))) continue;
            ops::Attention op = op_of(2, 8, AttentionMask::packed);
            op.causal = causal;
            op.window_left = left;
            op.window_right = right;
            Case made = packed(random, type, op, tokens == 1100 ? 1 : 3, tokens, 16);
            suite.check(made);
            std::vector<double> positions;
            for (int64_t t = 0; t < tokens; ++t) positions.push_back(static_cast<double>(t + t / 3 + t / 40 * 70));
            made.inputs.push_back(make_tensor("positions", DType::i32, {tokens}, positions));
            op.positions = true;
            made.op = op;
            suite.check(made);
          }
}

TEST(SuiteAttention, SharpScores) {
  // Scores of a hundred and more: the exponential's range, and one key that takes all.
  Random random(24);
  Suite suite("attention", {.f32 = 2e-5, .bf16 = 2e-2, .f16 = 1e-2, .f64 = 1e-11});
  for (DType type : kFloats) {
    ops::Attention op = op_of(2, 16, AttentionMask::none);
    op.scale = 8;
    suite.check(padded(random, type, op, 2, 33, 32));
    suite.check(packed(random, type, op, 2, 66, 32));
  }
}

TEST(SuiteAttention, HugeScores) {
  // Scores of 2^40, whose spacing is far above the exponential's range: one key takes all, and nothing is NaN.
  Random random(25);
  Suite suite("attention", {.f32 = 2e-5, .bf16 = 1e-2, .f16 = 1e-2, .f64 = 1e-11});
  for (DType type : {DType::f32, DType::bf16}) {
    ops::Attention op = op_of(2, 16, AttentionMask::none);
    op.scale = 9363852373.0;
    for (int64_t seq : {1, 5, 33, 120}) {
      // Only the first column of each head counts: q is 1 or -1 there, k another whole number for each key, so that no
      // two scores are equal.
      std::vector<double> q(static_cast<size_t>(seq * 32)), k(q.size());
      for (int64_t i = 0; i < seq; ++i)
        for (int64_t head = 0; head < 2; ++head) {
          q[static_cast<size_t>(i * 32 + head * 16)] = i % 2 == 0 ? 1 : -1;
          k[static_cast<size_t>(i * 32 + head * 16)] = static_cast<double>((i * 7 + head) % seq - seq / 2);
        }
      suite.check({op,
                   {make_tensor("q", type, {1, seq, 32}, q), make_tensor("k", type, {1, seq, 32}, k),
                    random.normal_tensor("v", type, {1, seq, 32})}});
    }
  }
}

}  // namespace
}  // namespace lathe::test
