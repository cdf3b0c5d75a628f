#include "ops/reduce.h"

#include <algorithm>

#include "backends/cpu/cpu_tactic.h"
#include "backends/cpu/strided.h"
#include "kernels/cpu/fold/fold.h"
#include "kernels/cpu/lane.h"
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

lathe::cpu::Fold fold_of(ops::ReduceKind kind) {
  switch (kind) {
    case ops::ReduceKind::sum: return lathe::cpu::Fold::sum;
    case ops::ReduceKind::mean: return lathe::cpu::Fold::mean;
    case ops::ReduceKind::max: return lathe::cpu::Fold::max;
    case ops::ReduceKind::min: return lathe::cpu::Fold::min;
    case ops::ReduceKind::prod: break;
  }
  return lathe::cpu::Fold::prod;
}

bool folds(const ops::Reduce& op, int d, int rank) {
  return std::any_of(op.axes.begin(), op.axes.end(),
                     [&](int64_t axis) { return (axis < 0 ? axis + rank : axis) == d; });
}

/// Any axes and types. Of other layouts other elements would lie in a row, and floats be added in another order.
class FoldTactic : public CpuTactic {
 public:
  explicit FoldTactic(const lathe::cpu::FoldKernel& kernel)
      : CpuTactic("reduce", kernel.name, kernel.isa), kernel_(kernel) {}
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<FunctionStep>(
        [op = *q.op.as<ops::Reduce>(), run = kernel_.run](const Launch& launch, Team& team) {
          const TensorView x = strided(launch.inputs[0]);
          lathe::cpu::FoldArgs args;
          args.fold = fold_of(op.kind);
          args.type = x.dtype;
          args.x = x.data;
          args.y = launch.outputs[0].data;
          for (int d = 0; d < x.shape.rank(); ++d)
            (folds(op, d, x.shape.rank()) ? args.folded : args.kept).add(x.shape[d], x.strides[d]);
          run(args, team);
        });
  }

 protected:
  std::string reject(const Question& q) const override {
    const DType type = q.inputs[0].type.dtype;
    return lathe::cpu::lane_of(type) == lathe::cpu::Lane::none ? unsupported_type(type) : std::string();
  }

 private:
  const lathe::cpu::FoldKernel& kernel_;
};

}  // namespace

void add_reduce(TacticList& list) {
  // First: where the kernels of rows cost the same, they win.
  for (const auto& kernel : lathe::cpu::fold_kernels()) list.push_back(new FoldTactic(kernel));
  for (const auto& kernel : lathe::cpu::reduce_kernels()) list.push_back(new ReduceTactic(kernel));
}

}  // namespace lathe::backends::cpu
