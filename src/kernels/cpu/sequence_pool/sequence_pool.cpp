#include "kernels/cpu/sequence_pool/sequence_pool.h"

#include <algorithm>
#include <cmath>

#include "base/half.h"

namespace lathe::cpu {
namespace {

float widen(float v) { return v; }
float widen(uint16_t v) { return bf16_to_f32(v); }
void narrow(float v, float* out) { *out = v; }
void narrow(float v, uint16_t* out) { *out = f32_to_bf16(v); }

float divisor_of(SequencePoolOp op, int64_t tokens) {
  const auto count = static_cast<float>(tokens);
  switch (op) {
    case SequencePoolOp::mean: return count;
    case SequencePoolOp::mean_sqrt: return std::sqrt(count);
    case SequencePoolOp::weighted_mean: return count * (count + 1) / 2;
    default: return 1;
  }
}

/// One sequence, a block of columns at a time: sums run over the tokens in order, whatever the team.
template <class T>
void pool(SequencePoolOp op, const T* x, int64_t stride, int64_t tokens, int64_t width, T* y) {
  constexpr int64_t kBlock = 64;
  for (int64_t begin = 0; begin < width; begin += kBlock) {
    const int64_t n = std::min(kBlock, width - begin);
    float sum[kBlock] = {};
    for (int64_t t = 0; t < tokens; ++t) {
      const T* row = x + t * stride + begin;
      const float weight = op == SequencePoolOp::weighted_mean ? static_cast<float>(t + 1) : 1.0f;
      if (op == SequencePoolOp::max && t > 0)
        for (int64_t c = 0; c < n; ++c) {
          const float v = widen(row[c]);
          sum[c] = v > sum[c] || std::isnan(v) ? v : sum[c];  // a NaN stays
        }
      else
        for (int64_t c = 0; c < n; ++c) sum[c] += weight * widen(row[c]);
    }
    const float divisor = tokens == 0 ? 1 : divisor_of(op, tokens);
    for (int64_t c = 0; c < n; ++c) narrow(sum[c] / divisor, y + begin + c);
  }
}

template <class T>
void pool_all(const SequencePoolArgs& args, const Team& team) {
  const Team::Range share = team.share(args.sequences);
  for (int64_t s = share.begin; s < share.end; ++s) {
    int64_t first = args.cu_seqlens[s], tokens = args.cu_seqlens[s + 1] - first;
    if (args.op == SequencePoolOp::one) {
      if (args.row == SequencePoolArgs::Row::last_token) first += tokens - 1;
      if (args.row == SequencePoolArgs::Row::own_number) first = s;
      tokens = std::min<int64_t>(tokens, 1);
    }
    pool(args.op, static_cast<const T*>(args.x) + (tokens > 0 ? first * args.x_stride : 0), args.x_stride, tokens,
         args.n, static_cast<T*>(args.y) + s * args.y_stride);
  }
}

}  // namespace

void sequence_pool(const SequencePoolArgs& args, const Team& team) noexcept {
  args.type == DType::bf16 ? pool_all<uint16_t>(args, team) : pool_all<float>(args, team);
}

}  // namespace lathe::cpu
