#include "ops/reduce.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/reduce/reduce.h"

namespace lathe::backends::cpu {
namespace {

class ReduceTactic : public CpuTactic {
 public:
  explicit ReduceTactic(const lathe::cpu::ReduceKernel& kernel)
      : CpuTactic("reduce", kernel.name, kernel.isa), kernel_(kernel) {}
  Layout input_layout(size_t) const override { return Layout::rows; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    bool mean = q.op.as<ops::Reduce>()->kind == ops::ReduceKind::mean;
    return std::make_unique<FunctionStep>([mean, run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView& x = launch.inputs[0];
      lathe::cpu::ReduceArgs args;
      args.x = x.data;
      args.y = launch.outputs[0].data;
      args.rows = launch.outputs[0].shape.count();
      args.n = x.width();
      args.x_stride = x.row_stride;
      if (mean) args.scale = 1.0f / static_cast<float>(x.width());
      run(args, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::Reduce>();
    const ops::TensorType& x = q.inputs[0].type;
    if (x.dtype != kernel_.type) return unsupported_type(x.dtype);
    if (op.kind != ops::ReduceKind::sum && op.kind != ops::ReduceKind::mean) return unsupported_attribute("kind");
    bool last = op.axes.size() == 1 && (op.axes[0] == -1 || op.axes[0] == x.rank() - 1);
    return last ? std::string() : unsupported_attribute("axes are not the last");
  }

 private:
  const lathe::cpu::ReduceKernel& kernel_;
};

}  // namespace

void add_reduce(TacticList& list) {
  for (const auto& kernel : lathe::cpu::reduce_kernels()) list.push_back(new ReduceTactic(kernel));
}

}  // namespace lathe::backends::cpu
