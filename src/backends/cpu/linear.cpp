#include "ops/linear.h"

#include "backends/cpu/cpu_tactic.h"
#include "backends/cpu/gemm_step.h"

namespace lathe::backends::cpu {
namespace {
class LinearStep : public CpuStep {
 public:
  LinearStep(const ops::Linear& op, const lathe::cpu::GemmKernel& kernel)
      : kernel_(kernel), epilogue_(kernel_epilogue(op.epilogue).value()) {}
  size_t workspace(std::span<const TensorView> in, std::span<const TensorView> out, int threads) const override {
    return kernel_.workspace_bytes(out[0].rows(), out[0].width(), in[0].width(), threads, epilogue_.norm >= 0);
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
    set_epilogue(epilogue_, launch, args);
    args.workspace = launch.workspace;
    kernel_.run(args, team);
  }

 private:
  const lathe::cpu::GemmKernel& kernel_;
  const KernelEpilogue epilogue_;
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
    const std::optional<KernelEpilogue> epilogue = kernel_epilogue(op.epilogue);
    if (!epilogue) return unsupported_attribute("epilogue order");
    if (!kernel_.takes(epilogue->activation, epilogue->residual_first)) return unsupported_attribute("activation");
    return reject_operands(op.epilogue, q, kernel_.x);
  }

 private:
  const lathe::cpu::GemmKernel& kernel_;
};

}  // namespace

void add_linear(TacticList& list) {
  for (const lathe::cpu::GemmKernel& kernel : lathe::cpu::gemm_kernels()) list.push_back(new LinearTactic(kernel));
}

}  // namespace lathe::backends::cpu
