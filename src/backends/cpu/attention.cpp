#include "ops/attention.h"

#include <algorithm>
#include <limits>

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/attention/attention.h"

namespace lathe::backends::cpu {
namespace {

constexpr int64_t kFarthest = std::numeric_limits<int32_t>::max();  // sequences are no longer

class AttentionStep : public CpuStep {
 public:
  AttentionStep(const ops::Attention& op, const lathe::cpu::AttentionKernel& kernel) : op_(op), kernel_(kernel) {}
  size_t workspace(std::span<const TensorView> in, std::span<const TensorView>, int threads) const override {
    bool packed = op_.mask == ops::AttentionMask::packed;
    int64_t longest = packed ? in[0].shape[0] : in[0].shape[1];
    return kernel_.workspace_bytes(longest, head_dim(in[0]), threads);
  }
  void run(const Launch& launch, Team& team) const noexcept override {
    const TensorView &q = launch.inputs[0], &k = launch.inputs[1], &v = launch.inputs[2], &y = launch.outputs[0];
    lathe::cpu::AttentionArgs args;
    args.q = q.data;
    args.k = k.data;
    args.v = v.data;
    args.out = y.data;
    args.q_stride = q.row_stride;
    args.k_stride = k.row_stride;
    args.v_stride = v.row_stride;
    args.out_stride = y.row_stride;
    if (op_.mask == ops::AttentionMask::packed) {
      args.cu_seqlens = launch.inputs[3].as<const int32_t>();
      args.batch = launch.inputs[3].shape[0] - 1;
      if (op_.positions) args.positions = launch.inputs[4].as<const int32_t>();
    } else {
      args.batch = q.shape[0];
      args.seq = q.shape[1];
    }
    if (op_.mask == ops::AttentionMask::keys) {
      args.keep = launch.inputs[3].data;
      args.keep_type = launch.inputs[3].dtype;
    }
    if (op_.bias) set_bias(launch.inputs[op_.bias_input()], args);
    args.heads = static_cast<int>(op_.heads);
    args.head_dim = head_dim(q);
    args.scale = static_cast<float>(op_.scale);
    args.causal = op_.causal;
    args.window_left = std::min(op_.window_left, kFarthest);
    args.window_right = std::min(op_.window_right, kFarthest);
    args.workspace = launch.workspace;
    kernel_.run(args, team);
  }

 private:
  static void set_bias(const TensorView& bias, lathe::cpu::AttentionArgs& args) {
    args.bias = bias.as<const float>();
    int64_t stride = bias.shape[3];
    for (int d = 2; d >= 0; --d) {
      args.bias_strides[d] = bias.shape[d] == 1 ? 0 : stride;
      stride *= bias.shape[d];
    }
  }
  int head_dim(const TensorView& q) const { return static_cast<int>(q.width() / op_.heads); }
  ops::Attention op_;
  const lathe::cpu::AttentionKernel& kernel_;
};

class AttentionTactic : public CpuTactic {
 public:
  explicit AttentionTactic(const lathe::cpu::AttentionKernel& kernel)
      : CpuTactic("attention", kernel.name, kernel.isa), kernel_(kernel) {}
  double cost(const Question& q) const override {
    const Shape& shape = q.inputs[0].typical;
    // Two products of [seq, seq, width]; packed tokens are priced as one sequence of 128.
    double seq = shape.rank() == 3 ? static_cast<double>(shape[1]) : 128;
    CoreRates rates = nominal_rates(isa());
    bool narrow = kernel_.type == DType::bf16 && needs_of(isa()).has(Feature::avx512_bf16);
    return estimate_us(4.0 * static_cast<double>(shape.count()) * seq, narrow ? rates.bf16_gflops : rates.f32_gflops,
                       typical_bytes(q), q.machine.threads);
  }
  Layout input_layout(size_t input) const override { return input < 3 ? Layout::rows : Layout::dense; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<AttentionStep>(*q.op.as<ops::Attention>(), kernel_);
  }

 protected:
  std::string reject(const Question& q) const override {
    if (q.inputs[0].type.dtype != kernel_.type) return unsupported_type(q.inputs[0].type.dtype);
    const auto& op = *q.op.as<ops::Attention>();
    if (op.bias && !kernel_.takes_bias()) return unsupported_attribute("a bias");
    if (op.bias && q.inputs[op.bias_input()].type.dtype != DType::f32)
      return unsupported_type(q.inputs[op.bias_input()].type.dtype);
    if (op.mask != ops::AttentionMask::keys) return {};
    switch (q.inputs[3].type.dtype) {
      case DType::boolean:
      case DType::u8:
      case DType::i32:
      case DType::i64:
      case DType::f32: return {};
      default: return unsupported_type(q.inputs[3].type.dtype);
    }
  }

 private:
  const lathe::cpu::AttentionKernel& kernel_;
};

}  // namespace

void add_attention(TacticList& list) {
  for (const auto& kernel : lathe::cpu::attention_kernels()) list.push_back(new AttentionTactic(kernel));
}

}  // namespace lathe::backends::cpu
