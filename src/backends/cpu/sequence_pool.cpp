#include "ops/sequence_pool.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/cpu_tactic.h"
#include "base/half.h"

namespace lathe::backends::cpu {
namespace {

float widen(float v) { return v; }
float widen(uint16_t v) { return bf16_to_f32(v); }
void narrow(float v, float* out) { *out = v; }
void narrow(float v, uint16_t* out) { *out = f32_to_bf16(v); }

/// One output column block of one sequence: columns are independent, so sums run over tokens in order for any team.
template <class T>
void pool(ops::PoolMode mode, const T* x, int64_t stride, int64_t tokens, int64_t width, T* y) {
  constexpr int64_t kBlock = 64;
  for (int64_t begin = 0; begin < width; begin += kBlock) {
    int64_t n = std::min(kBlock, width - begin);
    float sum[kBlock] = {};
    float divisor = 1;
    bool one = mode == ops::PoolMode::first || mode == ops::PoolMode::last || mode == ops::PoolMode::keep;
    if (tokens > 0 && one) {
      const T* row = x + (mode == ops::PoolMode::last ? tokens - 1 : 0) * stride + begin;
      for (int64_t c = 0; c < n; ++c) sum[c] = widen(row[c]);
    } else if (tokens > 0 && mode == ops::PoolMode::max) {
      for (int64_t c = 0; c < n; ++c) sum[c] = widen(x[begin + c]);
      for (int64_t t = 1; t < tokens; ++t)
        for (int64_t c = 0; c < n; ++c) {
          const float v = widen(x[t * stride + begin + c]);
          sum[c] = v > sum[c] || std::isnan(v) ? v : sum[c];  // a NaN stays
        }
    } else if (tokens > 0) {
      bool weighted = mode == ops::PoolMode::weighted_mean;
      for (int64_t t = 0; t < tokens; ++t) {
        float weight = weighted ? static_cast<float>(t + 1) : 1.0f;
        for (int64_t c = 0; c < n; ++c) sum[c] += weight * widen(x[t * stride + begin + c]);
      }
      auto count = static_cast<float>(tokens);
      divisor = weighted ? count * (count + 1) / 2 : mode == ops::PoolMode::mean_sqrt ? std::sqrt(count) : count;
    }
    for (int64_t c = 0; c < n; ++c) narrow(sum[c] / divisor, y + begin + c);
  }
}

class SequencePoolTactic : public CpuTactic {
 public:
  explicit SequencePoolTactic(DType type)
      : CpuTactic("sequence_pool", std::string(to_string(type)) + ".columns", Isa::avx2), type_(type) {}
  bool strided_input(size_t input) const override { return input == 0; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    ops::PoolMode mode = q.op.as<ops::SequencePool>()->mode;
    return std::make_unique<FunctionStep>([mode](const Launch& launch, Team& team) {
      if (launch.inputs[0].dtype == DType::bf16)
        pool_all<uint16_t>(mode, launch, team);
      else
        pool_all<float>(mode, launch, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    if (!q.op.as<ops::SequencePool>()->packed) return unsupported_layout("padded");
    if (q.inputs[1].type.dtype != DType::i32) return unsupported_type(q.inputs[1].type.dtype);
    return q.inputs[0].type.dtype == type_ ? std::string() : unsupported_type(q.inputs[0].type.dtype);
  }

 private:
  template <class T>
  static void pool_all(ops::PoolMode mode, const Launch& launch, Team& team) {
    const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
    const auto* bounds = launch.inputs[1].as<const int32_t>();
    auto [begin, end] = team.share(y.shape[0]);
    for (int64_t s = begin; s < end; ++s)
      pool(mode, x.as<const T>() + (mode == ops::PoolMode::keep ? s : bounds[s]) * x.row_stride, x.row_stride,
           bounds[s + 1] - bounds[s], y.width(), y.as<T>() + s * y.row_stride);
  }
  DType type_;
};

}  // namespace

void add_sequence_pool(TacticList& list) {
  list.push_back(new SequencePoolTactic(DType::f32));
  list.push_back(new SequencePoolTactic(DType::bf16));
}

}  // namespace lathe::backends::cpu
