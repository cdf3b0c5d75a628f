#include "ops/rotary.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/rotary/rotary.h"

namespace lathe::backends::cpu {
namespace {

class RotaryTactic : public CpuTactic {
 public:
  explicit RotaryTactic(const lathe::cpu::RotaryKernel& kernel)
      : CpuTactic("rotary", kernel.name, kernel.isa), kernel_(kernel) {}
  Layout input_layout(size_t input) const override { return input == 0 ? Layout::rows : Layout::dense; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    const ops::Rotary op = *q.op.as<ops::Rotary>();
    return std::make_unique<FunctionStep>([op, run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView &x = launch.inputs[0], &cosine = launch.inputs[1], &y = launch.outputs[0];
      lathe::cpu::RotaryArgs args;
      args.x = x.data;
      args.x_stride = x.row_stride;
      args.y = y.data;
      args.y_stride = y.row_stride;
      args.rows = y.rows();
      args.cosine = cosine.as<const float>();
      args.sine = launch.inputs[2].as<const float>();
      args.table_rows = cosine.rows();
      args.columns = cosine.width();
      args.heads = op.heads;
      args.head_dim = y.width() / op.heads;
      args.width = op.width;
      args.interleaved = op.interleaved;
      run(args, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    if (q.inputs[0].type.dtype != kernel_.type) return unsupported_type(q.inputs[0].type.dtype);
    return q.inputs[1].type.dtype == DType::f32 ? std::string() : unsupported_type(q.inputs[1].type.dtype);
  }

 private:
  const lathe::cpu::RotaryKernel& kernel_;
};

}  // namespace

void add_rotary(TacticList& list) {
  for (const auto& kernel : lathe::cpu::rotary_kernels()) list.push_back(new RotaryTactic(kernel));
}

}  // namespace lathe::backends::cpu
