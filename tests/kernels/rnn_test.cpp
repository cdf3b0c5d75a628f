#include "kernels/cpu/rnn/rnn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kernels/cpu/gemm/gemm.h"
#include "tests/support/random.h"

namespace lathe::cpu {
namespace {

constexpr int64_t kSeq = 5, kBatch = 11, kHidden = 54, kDirections = 2;

/// An LSTM's operands of all rows.
struct Layer {
  RnnKernel kernel;
  std::vector<std::byte> r, workspace;
  std::vector<float> x, bias;
  std::vector<int32_t> lengths;
  RnnArgs args;

  explicit Layer(const RnnKernel& k) : kernel(k) {
    test::Random random(3);
    const int64_t width = 4 * kHidden;
    const GemmFormat& format = gemm_format(kernel.r);
    const std::vector<float> plain = floats(random, kDirections * kHidden * width);
    r.resize(format.bytes(kDirections * kHidden, width));
    Team solo = Team::solo();
    format.pack(plain.data(), DType::f32, false, kDirections * kHidden, width, r.data(), solo);
    x = floats(random, kSeq * kBatch * kDirections * width);
    bias = floats(random, kDirections * 2 * width);
    for (int64_t b = 0; b < kBatch; ++b) lengths.push_back(static_cast<int32_t>(b * 3 % (kSeq + 1)));
    workspace.resize(rnn_workspace_bytes(RnnCellKind::lstm, kDirections, kBatch, kHidden) + 64);
    for (auto& f : args.functions) {
      f[0] = {Activation::sigmoid};
      f[1] = f[2] = {Activation::tanh};
    }
    args.directions = kDirections;
    args.seq = kSeq;
    args.hidden = kHidden;
    args.r = r.data();
    args.bias = bias.data();
    args.x_step = kBatch * kDirections * width;
    args.x_item = kDirections * width;
    args.y_step = kDirections * kBatch * kHidden;
    args.y_direction = args.state_direction = kBatch * kHidden;
    args.y_item = args.state_item = kHidden;
    args.workspace = reinterpret_cast<std::byte*>((reinterpret_cast<uintptr_t>(workspace.data()) + 63) / 64 * 64);
  }
  static std::vector<float> floats(test::Random& random, int64_t count) {
    const HostTensor tensor = random.normal_tensor("x", DType::f32, {count}, 0, 0.3);
    std::vector<float> values(static_cast<size_t>(count));
    std::memcpy(values.data(), tensor.data.data, tensor.data.size);
    return values;
  }

  struct Result {
    std::vector<float> y, h, c;
    bool operator==(const Result&) const = default;
  };
  /// Of rows [first, first + count), the others' results left as they are in `result`.
  void run(int64_t first, int64_t count, Result& result) {
    RnnArgs own = args;
    own.batch = count;
    own.x = x.data() + first * args.x_item;
    own.lengths = lengths.data() + first;
    own.y = result.y.data() + first * kHidden;
    own.last_h = result.h.data() + first * kHidden;
    own.last_c = result.c.data() + first * kHidden;
    Team solo = Team::solo();
    kernel.run(own, solo);
  }
  static Result room() {
    const auto states = static_cast<size_t>(kDirections * kBatch * kHidden);
    return {std::vector<float>(kSeq * states, NAN), std::vector<float>(states, NAN), std::vector<float>(states, NAN)};
  }
};

TEST(KernelsRnn, RowsDoNotDependOnOthers) {
  for (const RnnKernel& kernel : rnn_kernels()) {
    if (!active_features().contains(needs_of(kernel.isa))) continue;
    SCOPED_TRACE(kernel.name);
    Layer layer(kernel);
    Layer::Result all = Layer::room();
    layer.run(0, kBatch, all);
    for (int64_t count : {1, 2, 3, 7}) {
      Layer::Result parts = Layer::room();
      for (int64_t b = 0; b < kBatch; b += count) layer.run(b, std::min(count, kBatch - b), parts);
      EXPECT_TRUE(parts == all) << count << " rows at a time";
    }
  }
}

/// A NaN in one row stays there.
TEST(KernelsRnn, RowsKeepTheirNaNs) {
  for (const RnnKernel& kernel : rnn_kernels()) {
    if (!active_features().contains(needs_of(kernel.isa))) continue;
    SCOPED_TRACE(kernel.name);
    Layer layer(kernel);
    Layer::Result clean = Layer::room(), spoilt = Layer::room();
    layer.run(0, kBatch, clean);
    const int64_t row = 3;  // of length 3
    layer.x[static_cast<size_t>(row * layer.args.x_item)] = NAN;
    layer.run(0, kBatch, spoilt);
    for (int64_t b = 0; b < kBatch; ++b) {
      const float* own = spoilt.h.data() + b * kHidden;
      const bool same = std::memcmp(own, clean.h.data() + b * kHidden, kHidden * sizeof(float)) == 0;
      EXPECT_EQ(same, b != row) << "row " << b;
    }
  }
}

/// Members that never meet, and all of them at each step.
TEST(KernelsRnn, Dealing) {
  const auto dealing = [](int64_t directions, int64_t batch, int64_t hidden, int members) {
    RnnArgs args;
    args.directions = directions;
    args.batch = batch;
    args.hidden = hidden;
    return deal_rnn(args, DType::f32, members);
  };
  EXPECT_FALSE(dealing(2, 1, 1 << 14, 1).together);
  EXPECT_FALSE(dealing(2, 1, 64, 2).together);
  EXPECT_TRUE(dealing(2, 1, 512, 3).together);
  EXPECT_TRUE(dealing(1, 1, 512, 2).together);
  EXPECT_FALSE(dealing(1, 1, 16, 2).together);
  EXPECT_EQ(dealing(1, 1, 16, 2).row_parts, 1);
  EXPECT_FALSE(dealing(1, 32, 16, 2).together);
  EXPECT_EQ(dealing(1, 32, 16, 2).row_parts, 2);
  for (int64_t directions : {1, 2}) EXPECT_TRUE(dealing(directions, 32, 1 << 14, 2).together) << "no cache holds R";
}

}  // namespace
}  // namespace lathe::cpu
