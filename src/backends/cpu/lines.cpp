#include "kernels/cpu/lines/lines.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/lane.h"
#include "ops/arg.h"
#include "ops/cumulate.h"
#include "ops/softmax.h"

namespace lathe::backends::cpu {
namespace {
using lathe::cpu::Lane;
using lathe::cpu::LinesKernel;

/// The lines of a dense tensor along an axis.
template <class Args>
Args lines_of(const Launch& launch, int64_t axis) {
  const TensorView& x = launch.inputs[0];
  const int d = static_cast<int>(axis < 0 ? axis + x.shape.rank() : axis);
  Args args;
  args.type = x.dtype;
  args.x = x.data;
  args.y = launch.outputs[0].data;
  args.n = x.shape[d];
  for (int i = 0; i < x.shape.rank(); ++i) (i < d ? args.outer : args.inner) *= i == d ? 1 : x.shape[i];
  return args;
}

void run(const ops::Softmax& op, const LinesKernel& kernel, const Launch& launch, Team& team) {
  auto args = lines_of<lathe::cpu::SoftmaxLines>(launch, op.axis);
  args.log = op.log;
  kernel.softmax(args, team);
}

void run(const ops::Arg& op, const LinesKernel& kernel, const Launch& launch, Team& team) {
  auto args = lines_of<lathe::cpu::ArgLines>(launch, op.axis);
  args.smallest = op.kind == ops::ArgKind::min;
  args.last = op.last;
  if (args.n > 0) return kernel.arg(args, team);
  if (args.outer * args.inner > 0)
    launch.fault->set(ErrorCode::out_of_range, "an axis without elements has neither a largest nor a smallest one");
}

void run(const ops::Cumulate& op, const LinesKernel& kernel, const Launch& launch, Team& team) {
  auto args = lines_of<lathe::cpu::CumulateLines>(launch, op.axis);
  args.product = op.kind == ops::CumulateKind::prod;
  args.exclusive = op.exclusive;
  args.reverse = op.reverse;
  kernel.cumulate(args, team);
}

template <class Op>
class LinesTactic : public CpuTactic {
 public:
  LinesTactic(std::string_view op, const LinesKernel& kernel)
      : CpuTactic(op, kernel.name, kernel.isa), kernel_(kernel) {}
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<FunctionStep>([op = *q.op.as<Op>(), &kernel = kernel_](const Launch& launch, Team& team) {
      cpu::run(op, kernel, launch, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    const DType type = q.inputs[0].type.dtype;
    const Lane lane = lathe::cpu::lane_of(type);
    const bool only_f32 = q.op.template is<ops::Softmax>();
    return lane == Lane::none || (only_f32 && lane != Lane::f32) ? unsupported_type(type) : std::string();
  }

 private:
  const LinesKernel& kernel_;
};

}  // namespace

void add_lines(TacticList& list) {
  for (const LinesKernel& kernel : lathe::cpu::lines_kernels()) {
    list.push_back(new LinesTactic<ops::Softmax>("softmax", kernel));
    list.push_back(new LinesTactic<ops::Arg>("arg", kernel));
    list.push_back(new LinesTactic<ops::Cumulate>("cumulate", kernel));
  }
}

}  // namespace lathe::backends::cpu
