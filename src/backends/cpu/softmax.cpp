#include "ops/softmax.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/softmax/softmax.h"

namespace lathe::backends::cpu {
namespace {

class SoftmaxTactic : public CpuTactic {
 public:
  explicit SoftmaxTactic(const lathe::cpu::SoftmaxKernel& kernel)
      : CpuTactic("softmax", kernel.name, kernel.isa), kernel_(kernel) {}
  Layout input_layout(size_t) const override { return Layout::rows; }
  std::unique_ptr<Step> prepare(const Question&) const override {
    return std::make_unique<FunctionStep>([run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
      run({x.data, y.data, y.rows(), y.width(), x.row_stride, y.row_stride, 1.0f}, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    if (q.op.as<ops::Softmax>()->log) return unsupported_attribute("log");
    int64_t axis = q.op.as<ops::Softmax>()->axis;
    if (axis != -1 && axis != q.inputs[0].type.rank() - 1) return unsupported_attribute("axis is not the last");
    return q.inputs[0].type.dtype == kernel_.type ? std::string() : unsupported_type(q.inputs[0].type.dtype);
  }

 private:
  const lathe::cpu::SoftmaxKernel& kernel_;
};

}  // namespace

void add_softmax(TacticList& list) {
  for (const auto& kernel : lathe::cpu::softmax_kernels()) list.push_back(new SoftmaxTactic(kernel));
}

}  // namespace lathe::backends::cpu
