#include "ops/pool.h"

#include "backends/cpu/cpu_tactic.h"
#include "backends/cpu/windows.h"
#include "kernels/cpu/pool/pool.h"

namespace lathe::backends::cpu {
namespace {

class PoolTactic : public CpuTactic {
 public:
  explicit PoolTactic(const lathe::cpu::PoolKernel& kernel)
      : CpuTactic("pool", kernel.name, kernel.isa), kernel_(kernel) {}
  Layout input_layout(size_t) const override { return Layout::rows; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    const auto& op = *q.op.as<ops::Pool>();
    return std::make_unique<FunctionStep>([op, run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
      Shape size;
      for (int64_t k : op.size) size.push_back(k);
      lathe::cpu::PoolArgs args;
      args.windows = windows_of(op.window, x, y, size, launch);
      args.op = op.kind == ops::PoolKind::max ? lathe::cpu::PoolOp::max : lathe::cpu::PoolOp::average;
      args.count_padding = op.count_padding;
      args.items = x.shape[0];
      args.x = x.as<const float>();
      args.y = y.as<float>();
      args.y_stride = y.row_stride;
      run(args, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::Pool>();
    if (!op.channels_last) return unsupported_layout("the channels are not last");
    if (q.inputs[0].type.dtype != DType::f32) return unsupported_type(q.inputs[0].type.dtype);
    if (op.kind != ops::PoolKind::max && op.kind != ops::PoolKind::average) return unsupported_attribute("kind");
    return is_small(op.window) ? std::string() : unsupported_attribute("window");
  }

 private:
  const lathe::cpu::PoolKernel& kernel_;
};

}  // namespace

void add_pool(TacticList& list) {
  for (const lathe::cpu::PoolKernel& kernel : lathe::cpu::pool_kernels()) list.push_back(new PoolTactic(kernel));
}

}  // namespace lathe::backends::cpu
