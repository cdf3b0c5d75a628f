#include "kernels/cpu/attention/attention.h"

#include <gtest/gtest.h>

#include "kernel_testing.h"

namespace lathe::cpu {
namespace {

using namespace lathe::testing;

struct Case {
  std::vector<int32_t> lengths;
  int heads = 2, head_dim = 64;
  bool causal = false;
  int64_t left = -1, right = -1;
  bool keep = false;  // hide every third key, and all keys of the last sequence
  float scale = 0;    // 0: 1 / sqrt(head_dim)
};

struct Problem {
  Case c;
  std::vector<int32_t> cu = {0};
  int64_t width, stride;
  Store qkv;
  std::vector<double> exact;  // what qkv holds
  std::vector<uint8_t> keep;

  Problem(const Case& wanted, DType type, uint32_t seed = 1) : c(wanted) {
    for (int32_t n : c.lengths) cu.push_back(cu.back() + n);
    if (c.scale == 0) c.scale = 1 / std::sqrt(static_cast<float>(c.head_dim));
    width = c.heads * c.head_dim;
    stride = 3 * width + 5;
    qkv = normal_store(type, static_cast<size_t>(tokens() * stride), seed, 1.5);
    exact = qkv.values();
    for (int32_t t = 0; t < tokens(); ++t) keep.push_back(t % 3 != 1 && t < cu[cu.size() - 2]);
  }
  int64_t tokens() const { return cu.back(); }

  AttentionArgs args(DType type) {
    AttentionArgs a;
    auto at = [&](int64_t i) {
      return static_cast<char*>(qkv.data()) + static_cast<size_t>(i * width) * size_of(type);
    };
    a.q = at(0);
    a.k = at(1);
    a.v = at(2);
    a.q_stride = a.k_stride = a.v_stride = stride;
    a.out_stride = width + 3;
    a.cu_seqlens = cu.data();
    a.batch = static_cast<int64_t>(c.lengths.size());
    a.heads = c.heads;
    a.head_dim = c.head_dim;
    a.scale = c.scale;
    a.causal = c.causal;
    a.window_left = c.left;
    a.window_right = c.right;
    if (c.keep) a.keep = keep.data();
    return a;
  }

  double element(int part, int64_t token, int h, int64_t i) const {
    return exact[static_cast<size_t>(token * stride + part * width + h * c.head_dim + i)];
  }
  bool sees(int64_t i, int64_t j, int64_t token) const {
    return !(c.causal && j > i) && !(c.left >= 0 && j < i - c.left) && !(c.right >= 0 && j > i + c.right) &&
           (!c.keep || keep[static_cast<size_t>(token)] != 0);
  }
  std::vector<double> reference() const {
    std::vector<double> out(static_cast<size_t>(tokens() * width));
    for (size_t b = 0; b + 1 < cu.size(); ++b)
      for (int h = 0; h < c.heads; ++h)
        for (int64_t i = cu[b]; i < cu[b + 1]; ++i) {
          std::vector<double> w;
          double top = -INFINITY, total = 0;
          for (int64_t j = cu[b]; j < cu[b + 1]; ++j) {
            double s = 0;
            for (int64_t e = 0; e < c.head_dim; ++e) s += element(0, i, h, e) * element(1, j, h, e);
            w.push_back(sees(i - cu[b], j - cu[b], j) ? s * static_cast<double>(c.scale) : -INFINITY);
            top = std::max(top, w.back());
          }
          if (top == -INFINITY) continue;
          for (double& x : w) total += x = std::exp(x - top);
          for (int64_t j = cu[b]; j < cu[b + 1]; ++j)
            for (int64_t e = 0; e < c.head_dim; ++e)
              out[static_cast<size_t>(i * width + h * c.head_dim + e)] +=
                  w[static_cast<size_t>(j - cu[b])] / total * element(2, j, h, e);
        }
    return out;
  }
};

Store run(const AttentionKernel& kernel, const AttentionArgs& wanted, int64_t rows, int64_t max_seq, int threads) {
  AttentionArgs a = wanted;
  Store out(kernel.type, static_cast<size_t>(rows * a.out_stride), 77);
  const size_t bytes = kernel.workspace_bytes(max_seq, a.head_dim, threads);
  std::vector<char> workspace(bytes + 128, 'x');
  const auto address = reinterpret_cast<uintptr_t>(workspace.data());
  char* aligned = workspace.data() + (64 - address % 64);
  a.workspace = aligned;
  a.out = out.data();
  run_team(threads, [&](Team& team) { kernel.run(a, team); });
  for (char* p = aligned + bytes; p < workspace.data() + workspace.size(); ++p)
    EXPECT_EQ(*p, 'x') << "workspace overrun";
  return out;
}

std::vector<double> dense(const Store& out, int64_t rows, int64_t width, int64_t stride) {
  std::vector<double> v;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < width; ++c) v.push_back(out[static_cast<size_t>(r * stride + c)]);
    for (int64_t c = width; c < stride; ++c) EXPECT_EQ(out[static_cast<size_t>(r * stride + c)], 77) << "row " << r;
  }
  return v;
}

int64_t longest(const Case& c) { return *std::max_element(c.lengths.begin(), c.lengths.end()); }

/// BF16 kernels may round weights and scores' factors to BF16 on the way.
double limit(DType type) { return type == DType::f32 ? 1e-6 : 6e-3; }

void check(const Case& c, int threads = 2) {
  for (const AttentionKernel& kernel : runnable(attention_kernels())) {
    SCOPED_TRACE(std::string(kernel.name) + " head_dim " + std::to_string(c.head_dim) + " longest " +
                 std::to_string(longest(c)));
    Problem p(c, kernel.type);
    AttentionArgs a = p.args(kernel.type);
    Store out = run(kernel, a, p.tokens(), longest(c), threads);
    EXPECT_LT(relative_error(dense(out, p.tokens(), p.width, a.out_stride), p.reference()), limit(kernel.type));
  }
}

TEST(KernelsAttention, HeadSizes) {
  for (int d : {1, 3, 8, 12, 17, 20, 32, 33, 40, 64, 80, 96, 100, 128}) check({{19, 1, 0, 34}, 2, d});
}

TEST(KernelsAttention, Lengths) {
  for (int n : {1, 2, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 200, 384, 511, 512})
    check({{n}, 1, 32});
}

TEST(KernelsAttention, LongSequencesTakeChunks) {
  for (int n : {513, 777, 1024, 1300}) check({{n, 3}, 1, 24});
}

TEST(KernelsAttention, Masks) {
  for (int n : {1, 7, 40, 130, 600}) {
    check({{n, 9}, 2, 32, true});
    check({{n, 9}, 2, 32, false, 5, 3});
    check({{n, 9}, 2, 32, false, 64, 0});
    check({{n, 9}, 2, 32, true, 2, -1});
    check({{n, 9}, 2, 32, false, -1, -1, true});
    check({{n, 9}, 2, 32, true, 7, -1, true});
  }
}

TEST(KernelsAttention, NoKeyGivesZeros) {
  for (const AttentionKernel& kernel : runnable(attention_kernels())) {
    Case c{{4, 20, 700}, 2, 16, false, -1, -1, true};
    Problem p(c, kernel.type);
    std::fill(p.keep.begin(), p.keep.end(), uint8_t{0});
    AttentionArgs a = p.args(kernel.type);
    Store out = run(kernel, a, p.tokens(), longest(c), 2);
    for (double x : dense(out, p.tokens(), p.width, a.out_stride)) ASSERT_EQ(x, 0) << kernel.name;
  }
}

TEST(KernelsAttention, LargeScoresDoNotOverflow) {
  check({{50}, 1, 64, false, -1, -1, false, 30.0f});
  check({{50}, 1, 64, false, -1, -1, false, -1.0f});
}

TEST(KernelsAttention, KeepTypes) {
  for (const AttentionKernel& kernel : runnable(attention_kernels())) {
    Case c{{11, 37, 2}, 2, 32, false, -1, -1, true};
    Problem p(c, kernel.type);
    AttentionArgs a = p.args(kernel.type);
    const Store expected = run(kernel, a, p.tokens(), 37, 1);
    std::vector<int32_t> i32(p.keep.begin(), p.keep.end());
    std::vector<int64_t> i64(p.keep.begin(), p.keep.end());
    std::vector<float> f32(p.keep.begin(), p.keep.end());
    const std::pair<DType, const void*> forms[] = {
        {DType::i32, i32.data()}, {DType::i64, i64.data()}, {DType::f32, f32.data()}};
    for (auto [type, data] : forms) {
      a.keep = data;
      a.keep_type = type;
      EXPECT_EQ(run(kernel, a, p.tokens(), 37, 2).bytes(), expected.bytes()) << kernel.name << " " << to_string(type);
    }
  }
}

TEST(KernelsAttention, PaddedFormIsEqualLengths) {
  for (const AttentionKernel& kernel : runnable(attention_kernels())) {
    Problem p({{21, 21, 21}, 3, 20}, kernel.type);
    AttentionArgs a = p.args(kernel.type);
    const Store expected = run(kernel, a, p.tokens(), 21, 2);
    a.cu_seqlens = nullptr;
    a.seq = 21;
    EXPECT_EQ(run(kernel, a, p.tokens(), 21, 2).bytes(), expected.bytes()) << kernel.name;
  }
}

TEST(KernelsAttention, BitsDependOnTheTextAlone) {
  for (const AttentionKernel& kernel : runnable(attention_kernels()))
    for (Case c :
         {Case{{16, 1, 130, 0, 45, 16}, 3, 64}, Case{{20, 530}, 2, 40, true}, Case{{600, 31}, 2, 32, false, 40, 9}}) {
      Problem p(c, kernel.type);
      AttentionArgs a = p.args(kernel.type);
      const Store batch = run(kernel, a, p.tokens(), longest(c), 1);
      for (int threads : {2, 3, 5, 8})
        EXPECT_EQ(run(kernel, a, p.tokens(), longest(c), threads).bytes(), batch.bytes())
            << kernel.name << " team of " << threads;
      for (size_t b = 0; b < c.lengths.size(); ++b) {
        if (c.lengths[b] == 0) continue;
        const std::vector<int32_t> alone = {0, c.lengths[b]};
        AttentionArgs one = a;
        const size_t skip = static_cast<size_t>(p.cu[b] * p.stride) * size_of(kernel.type);
        one.q = static_cast<const char*>(a.q) + skip;
        one.k = static_cast<const char*>(a.k) + skip;
        one.v = static_cast<const char*>(a.v) + skip;
        one.cu_seqlens = alone.data();
        one.batch = 1;
        const Store single = run(kernel, one, c.lengths[b], c.lengths[b], 2);
        const size_t row_bytes = static_cast<size_t>(a.out_stride) * size_of(kernel.type);
        EXPECT_EQ(std::memcmp(single.bytes().data(), batch.bytes().data() + static_cast<size_t>(p.cu[b]) * row_bytes,
                              single.bytes().size()),
                  0)
            << kernel.name << " text " << b;
      }
    }
}

}  // namespace
}  // namespace lathe::cpu
