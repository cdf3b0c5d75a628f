#include "ops/matmul.h"

#include <utility>

#include "backends/cpu/cpu_tactic.h"
#include "backends/cpu/strided.h"
#include "kernels/cpu/gemm/gemm.h"
#include "kernels/cpu/matmul/matmul.h"

namespace lathe::backends::cpu {
namespace {

using lathe::cpu::MatMulArgs;
using lathe::cpu::MatMulKernel;

/// The distance along the batch's dimension d of `rank` in a view whose leading dimensions broadcast.
int64_t step_of(const TensorView& view, int d, int rank) {
  const int at = d - rank + view.shape.rank() - 2;
  return at < 0 || view.shape[at] == 1 ? 0 : view.strides[at];
}

void add_dimension(MatMulArgs& args, int64_t size, int64_t a, int64_t b, int64_t y) {
  args.size[args.rank] = size;
  args.a_step[args.rank] = a;
  args.b_step[args.rank] = b;
  args.y_step[args.rank++] = y;
}

/// Dimensions of the batch, those that share a B last; rows of A that lie and go on evenly there are rows of one
/// product.
void add_batch(const TensorView& a, const TensorView& b, const Shape& y, MatMulArgs& args) {
  const int rank = y.rank() - 2;
  for (const bool shared : {false, true}) {
    int64_t step = args.m * args.n, y_steps[Shape::kMaxRank];
    for (int d = rank - 1; d >= 0; step *= y[d--]) y_steps[d] = step;
    for (int d = 0; d < rank; ++d)
      if (const int64_t b_step = step_of(b, d, rank); y[d] != 1 && (b_step == 0) == shared)
        add_dimension(args, y[d], step_of(a, d, rank), b_step, y_steps[d]);
  }
  for (; args.rank > 0; --args.rank) {
    const int last = args.rank - 1;
    if (args.m == 1) args.a_row = args.a_step[last];  // nothing is one row further on
    if (args.b_step[last] != 0 || args.a_step[last] == 0 || args.a_step[last] != args.m * args.a_row ||
        args.y_step[last] != args.m * args.n)
      return;
    args.m *= args.size[last];
  }
}

MatMulArgs args_of(const ops::MatMul& op, const Launch& launch) {
  const TensorView a = strided(launch.inputs[0]), b = strided(launch.inputs[1]), &y = launch.outputs[0];
  MatMulArgs args;
  args.a = a.data;
  args.b = b.data;
  args.y = y.data;
  args.m = y.shape[-2];
  args.n = y.shape[-1];
  args.k = a.shape[op.transpose_a ? -2 : -1];
  args.a_row = a.strides[-2];
  args.a_column = a.strides[-1];
  args.b_row = b.strides[-2];
  args.b_column = b.strides[-1];
  if (op.transpose_a) std::swap(args.a_row, args.a_column);
  if (op.transpose_b) std::swap(args.b_row, args.b_column);
  add_batch(a, b, y.shape, args);
  args.workspace = launch.workspace;
  return args;
}

class MatMulTactic : public CpuTactic {
 public:
  explicit MatMulTactic(const MatMulKernel& kernel) : CpuTactic("matmul", kernel.name, kernel.isa), kernel_(kernel) {}
  double cost(const Question& q) const override {
    const int64_t k = q.inputs[0].typical[q.op.as<ops::MatMul>()->transpose_a ? -2 : -1];
    const double operations = 2.0 * static_cast<double>(q.outputs[0].typical.count()) * static_cast<double>(k);
    const CoreRates rates = nominal_rates(isa());
    // What is packed is read and written once more.
    const double packed = static_cast<double>(q.inputs[1].typical.count()) * bits_of(kernel_.panel) / 8;
    return estimate_us(operations, kernel_.panel == DType::bf16 ? rates.bf16_gflops : rates.f32_gflops,
                       typical_bytes(q) + packed, q.machine.threads);
  }
  Layout input_layout(size_t) const override { return Layout::strided; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    const ops::MatMul op = *q.op.as<ops::MatMul>();
    return std::make_unique<FunctionStep>(
        [op, &kernel = kernel_](const Launch& launch, Team& team) { kernel.run(args_of(op, launch), team); },
        [op, &kernel = kernel_](std::span<const TensorView> in, std::span<const TensorView> out, int threads) {
          // Rows of several products may become those of one.
          return kernel.workspace_bytes(out[0].rows(), out[0].width(), in[0].shape[op.transpose_a ? -2 : -1], threads);
        });
  }

 protected:
  std::string reject(const Question& q) const override {
    const DType type = q.inputs[0].type.dtype;
    return type == kernel_.type ? std::string() : unsupported_type(type);
  }

 private:
  const MatMulKernel& kernel_;
};

}  // namespace

void add_matmul(TacticList& list) {
  for (const MatMulKernel& kernel : lathe::cpu::matmul_kernels()) list.push_back(new MatMulTactic(kernel));
}

}  // namespace lathe::backends::cpu
