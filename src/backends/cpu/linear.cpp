#include "ops/linear.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/gemm/gemm.h"

namespace lathe::backends::cpu {
namespace {
using Kind = ops::EpilogueRecord::Kind;

/// The records must follow the kernels' order: bias, activation, residual, layer_norm, each at most once.
bool in_kernel_order(const ops::Epilogue& epilogue) {
  int last = -1;
  for (const ops::EpilogueRecord& record : epilogue.records) {
    int place = static_cast<int>(record.kind);
    if (place <= last) return false;
    last = place;
  }
  return true;
}

class LinearStep : public CpuStep {
 public:
  LinearStep(const ops::Linear& op, const lathe::cpu::GemmKernel& kernel) : kernel_(kernel) {
    auto operand = [&](Kind kind) {
      int at = op.epilogue.operand_of(kind);
      return at < 0 ? -1 : at + 2;
    };
    bias_ = operand(Kind::bias);
    residual_ = operand(Kind::residual);
    norm_ = operand(Kind::layer_norm);
    if (const auto* r = op.epilogue.find(Kind::activation)) activation_ = r->activation;
    if (const auto* r = op.epilogue.find(Kind::layer_norm)) epsilon_ = static_cast<float>(r->epsilon);
  }
  size_t workspace(std::span<const TensorView> in, std::span<const TensorView> out, int threads) const override {
    return kernel_.workspace_bytes(out[0].rows(), out[0].width(), in[0].width(), threads, norm_ >= 0);
  }
  void run(const Launch& launch, Team& team) const noexcept override {
    const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
    lathe::cpu::GemmArgs args;
    args.x = x.data;
    args.w = launch.inputs[1].data;
    args.y = y.data;
    args.m = y.rows();
    args.n = y.width();
    args.k = x.width();
    args.x_stride = x.row_stride;
    args.y_stride = y.row_stride;
    if (bias_ >= 0) args.bias = input(launch, bias_).as<const float>();
    args.activation = activation_;
    if (residual_ >= 0) {
      args.residual = input(launch, residual_).data;
      args.residual_stride = input(launch, residual_).row_stride;
    }
    if (norm_ >= 0) {
      args.layer_norm = true;
      args.gamma = input(launch, norm_).as<const float>();
      args.beta = input(launch, norm_ + 1).as<const float>();
      args.epsilon = epsilon_;
    }
    args.workspace = launch.workspace;
    kernel_.run(args, team);
  }

 private:
  static const TensorView& input(const Launch& launch, int i) { return launch.inputs[static_cast<size_t>(i)]; }
  const lathe::cpu::GemmKernel& kernel_;
  int bias_ = -1, residual_ = -1, norm_ = -1;  ///< input indices, -1: absent
  Activation activation_ = Activation::none;
  float epsilon_ = 0;
};

class LinearTactic : public CpuTactic {
 public:
  explicit LinearTactic(const lathe::cpu::GemmKernel& kernel)
      : CpuTactic("linear", kernel.name, kernel.isa), kernel_(kernel) {}
  double cost(const Question& q) const override {
    double operations =
        2.0 * static_cast<double>(q.outputs[0].typical.count()) * static_cast<double>(q.inputs[0].typical[-1]);
    CoreRates rates = nominal_rates(isa());
    return estimate_us(operations, kernel_.w == DType::bf16 ? rates.bf16_gflops : rates.f32_gflops, typical_bytes(q),
                       q.machine.threads);
  }
  std::string_view weight_format(const Question&, size_t input) const override {
    return input == 1 ? std::string_view(lathe::cpu::gemm_format(kernel_.w).name) : std::string_view();
  }
  Layout input_layout(size_t input) const override { return input == 0 ? Layout::rows : Layout::dense; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<LinearStep>(*q.op.as<ops::Linear>(), kernel_);
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::Linear>();
    if (q.inputs[0].type.dtype != kernel_.x) return unsupported_type(q.inputs[0].type.dtype);
    if (q.inputs[1].type.dtype != kernel_.w) return unsupported_type(q.inputs[1].type.dtype);
    if (q.outputs[0].type.dtype != kernel_.y) return unsupported_type(q.outputs[0].type.dtype);
    if (!q.inputs[1].constant) return unsupported_layout("the weight is no constant");
    if (!in_kernel_order(op.epilogue)) return unsupported_attribute("epilogue order");
    for (size_t i = 2, r = 0; r < op.epilogue.records.size(); ++r) {
      const ops::EpilogueRecord& record = op.epilogue.records[r];
      for (size_t o = 0; o < record.operands(); ++o, ++i) {
        DType wanted = record.kind == Kind::residual ? kernel_.x : DType::f32;
        if (q.inputs[i].type.dtype != wanted) return unsupported_type(q.inputs[i].type.dtype);
      }
    }
    return {};
  }

 private:
  const lathe::cpu::GemmKernel& kernel_;
};

}  // namespace

void add_linear(TacticList& list) {
  for (const lathe::cpu::GemmKernel& kernel : lathe::cpu::gemm_kernels()) list.push_back(new LinearTactic(kernel));
}

}  // namespace lathe::backends::cpu
