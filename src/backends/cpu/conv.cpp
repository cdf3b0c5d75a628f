#include "ops/conv.h"

#include <algorithm>

#include "backends/cpu/cpu_tactic.h"
#include "backends/cpu/gemm_step.h"
#include "backends/cpu/windows.h"
#include "kernels/cpu/depthwise/depthwise.h"

namespace lathe::backends::cpu {
namespace {

Shape window_size(const TensorView& w) {
  Shape size;
  for (int d = 0; d + 2 < w.shape.rank(); ++d) size.push_back(w.shape[d]);
  return size;
}

/// What both ways need of a convolution; empty: they have it.
std::string reject_conv(const Question& q, const std::optional<KernelEpilogue>& epilogue) {
  const auto& op = *q.op.as<ops::Conv>();
  if (!op.channels_last) return unsupported_layout("the channels are not last");
  for (const Operand* operand : {&q.inputs[0], &q.inputs[1]})
    if (operand->type.dtype != DType::f32) return unsupported_type(operand->type.dtype);
  if (!is_small(op.window)) return unsupported_attribute("window");
  if (!epilogue || epilogue->norm >= 0) return unsupported_attribute("epilogue order");
  if (!is_epilogue_activation(epilogue->activation)) return unsupported_attribute("activation");
  return reject_operands(op.epilogue, q, DType::f32);
}

double flops_of(const Question& q) {
  double flops = 2.0 * static_cast<double>(q.outputs[0].typical.count());
  for (int d = 0; d + 1 < q.inputs[1].typical.rank(); ++d) flops *= static_cast<double>(q.inputs[1].typical[d]);
  return flops;
}

/// A product of the windows with the weights as a matrix, group by group.
class ProductStep : public CpuStep {
 public:
  ProductStep(const ops::Conv& op, const lathe::cpu::GemmKernel& kernel)
      : op_(op), kernel_(kernel), epilogue_(kernel_epilogue(op.epilogue).value()) {}
  size_t workspace(std::span<const TensorView> in, std::span<const TensorView> out, int threads) const override {
    return kernel_.workspace_bytes(out[0].rows(), out[0].width() / op_.groups, in[1].rows(), threads, false);
  }
  void run(const Launch& launch, Team& team) const noexcept override {
    const TensorView &x = launch.inputs[0], &w = launch.inputs[1], &y = launch.outputs[0];
    lathe::cpu::Windows windows = windows_of(op_.window, x, y, window_size(w), launch);
    windows.channels = w.shape[-2];
    lathe::cpu::GemmArgs args;
    args.windows = &windows;
    args.m = y.rows();
    args.n = y.width() / op_.groups;
    args.k = w.rows();
    args.y_stride = y.row_stride;
    args.workspace = launch.workspace;
    set_epilogue(epilogue_, launch, args);
    args.x = x.data;
    args.w = w.data;
    args.y = y.data;
    for (int64_t group = 0; group < op_.groups; ++group) {
      if (group > 0) {
        team.barrier();  // one loop is dealt out at a time
        advance(args, windows.channels);
      }
      kernel_.run(args, team);
    }
  }

 private:
  /// To the next group's operands.
  static void advance(lathe::cpu::GemmArgs& args, int64_t channels) {
    args.x = static_cast<const float*>(args.x) + channels;
    args.w = static_cast<const float*>(args.w) + args.n * args.k;
    args.y = static_cast<float*>(args.y) + args.n;
    if (args.bias) args.bias += args.n;
    if (args.residual) args.residual = static_cast<const float*>(args.residual) + args.n;
  }

  const ops::Conv op_;
  const lathe::cpu::GemmKernel& kernel_;
  const KernelEpilogue epilogue_;
};

class ProductTactic : public CpuTactic {
 public:
  explicit ProductTactic(const lathe::cpu::GemmKernel& kernel)
      : CpuTactic("conv", kernel.name, kernel.isa), kernel_(kernel) {}
  double cost(const Question& q) const override {
    return estimate_us(flops_of(q), nominal_rates(isa()).f32_gflops, typical_bytes(q), q.machine.threads);
  }
  std::string_view weight_format(const Question&, size_t input) const override {
    return input == 1 ? std::string_view(lathe::cpu::gemm_format(kernel_.w).name) : std::string_view();
  }
  Layout input_layout(size_t input) const override { return input == 0 ? Layout::rows : Layout::dense; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<ProductStep>(*q.op.as<ops::Conv>(), kernel_);
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::Conv>();
    if (std::string reason = reject_conv(q, kernel_epilogue(op.epilogue)); !reason.empty()) return reason;
    if (!q.inputs[1].constant) return unsupported_layout("the weight is no constant");
    // A group's columns are whole panels.
    constexpr int64_t kPanel = 16;
    const Dim& outputs = q.outputs[0].type.shape.back();
    if (op.groups > 1 && outputs.constant() % (op.groups * kPanel) != 0) return unsupported_attribute("groups");
    return {};
  }

 private:
  const lathe::cpu::GemmKernel& kernel_;
};

/// Whether each channel is a group with one output.
bool is_depthwise(const Question& q) {
  const Dim groups(q.op.as<ops::Conv>()->groups);
  return q.inputs[0].type.shape.back() == groups && q.outputs[0].type.shape.back() == groups;
}

class DepthwiseTactic : public CpuTactic {
 public:
  explicit DepthwiseTactic(const lathe::cpu::DepthwiseKernel& kernel)
      : CpuTactic("conv", kernel.name, kernel.isa), kernel_(kernel) {}
  /// Vectors are of a group's outputs; of single channels, of all, as fast as memory. Elsewhere a product does twice as
  /// much.
  double cost(const Question& q) const override {
    const double outputs =
        static_cast<double>(q.outputs[0].typical[-1]) / static_cast<double>(q.op.as<ops::Conv>()->groups);
    const double lanes = is_depthwise(q) ? 16 : std::clamp(outputs, 1.0, 16.0);
    return estimate_us(flops_of(q), nominal_rates(isa()).f32_gflops * lanes / 32, typical_bytes(q), q.machine.threads);
  }
  Layout input_layout(size_t input) const override { return input == 0 ? Layout::rows : Layout::dense; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    const auto& op = *q.op.as<ops::Conv>();
    return std::make_unique<FunctionStep>([window = op.window, groups = op.groups,
                                           epilogue = kernel_epilogue(op.epilogue).value(),
                                           run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView &x = launch.inputs[0], &w = launch.inputs[1], &y = launch.outputs[0];
      lathe::cpu::DepthwiseArgs args;
      args.windows = windows_of(window, x, y, window_size(w), launch);
      args.items = x.shape[0];
      args.group_channels = w.shape[-2];
      args.group_outputs = w.width() / groups;
      args.x = x.as<const float>();
      args.w = w.as<const float>();
      args.y = y.as<float>();
      args.y_stride = y.row_stride;
      if (const TensorView* bias = KernelEpilogue::input(launch, epilogue.bias)) args.bias = bias->as<const float>();
      args.activation = epilogue.activation;
      args.alpha = epilogue.alpha;
      args.beta = epilogue.beta;
      args.residual_first = epilogue.residual_first;
      if (const TensorView* residual = KernelEpilogue::input(launch, epilogue.residual)) {
        args.residual = residual->as<const float>();
        args.residual_stride = residual->row_stride;
      }
      run(args, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::Conv>();
    if (std::string reason = reject_conv(q, kernel_epilogue(op.epilogue)); !reason.empty()) return reason;
    const std::vector<Dim>& w = q.inputs[1].type.shape;
    const Dim& channels = w[w.size() - 2];
    return channels.is_constant() && channels.constant() > 0 ? std::string() : unsupported_attribute("groups");
  }

 private:
  const lathe::cpu::DepthwiseKernel& kernel_;
};

}  // namespace

void add_conv(TacticList& list) {
  // Of two that memory holds up alike, the later one is taken.
  for (const lathe::cpu::DepthwiseKernel& kernel : lathe::cpu::depthwise_kernels())
    list.push_back(new DepthwiseTactic(kernel));
  for (const lathe::cpu::GemmKernel& kernel : lathe::cpu::gemm_kernels())
    if (kernel.x == DType::f32 && kernel.y == DType::f32) list.push_back(new ProductTactic(kernel));
}

}  // namespace lathe::backends::cpu
