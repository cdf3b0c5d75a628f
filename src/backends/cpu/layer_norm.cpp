#include "ops/layer_norm.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/layernorm/layernorm.h"

namespace lathe::backends::cpu {
namespace {

class LayerNormTactic : public CpuTactic {
 public:
  explicit LayerNormTactic(const lathe::cpu::LayerNormKernel& kernel)
      : CpuTactic("layer_norm", kernel.name, kernel.isa), kernel_(kernel) {}
  Layout input_layout(size_t input) const override { return input == 0 ? Layout::rows : Layout::dense; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    ops::LayerNorm op = *q.op.as<ops::LayerNorm>();
    return std::make_unique<FunctionStep>([op, run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
      size_t next = 1;
      lathe::cpu::LayerNormArgs args;
      args.x = x.data;
      args.x_stride = x.row_stride;
      if (op.residual) {
        args.residual = launch.inputs[next].data;
        args.residual_stride = launch.inputs[next++].row_stride;
      }
      args.gamma = launch.inputs[next].as<const float>();
      args.beta = launch.inputs[next + 1].as<const float>();
      args.y = y.data;
      args.rows = y.rows();
      args.n = y.width();
      args.y_stride = y.row_stride;
      args.epsilon = static_cast<float>(op.epsilon);
      run(args, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::LayerNorm>();
    if (q.inputs[0].type.dtype != kernel_.type) return unsupported_type(q.inputs[0].type.dtype);
    for (size_t i = op.residual ? 2 : 1; i < q.inputs.size(); ++i)
      if (q.inputs[i].type.dtype != DType::f32) return unsupported_type(q.inputs[i].type.dtype);
    return q.outputs[0].type.shape.back() == Dim(0) ? unsupported_layout("no columns") : std::string();
  }

 private:
  const lathe::cpu::LayerNormKernel& kernel_;
};

}  // namespace

void add_layer_norm(TacticList& list) {
  for (const auto& kernel : lathe::cpu::layernorm_kernels()) list.push_back(new LayerNormTactic(kernel));
}

}  // namespace lathe::backends::cpu
