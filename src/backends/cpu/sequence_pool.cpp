#include "ops/sequence_pool.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/sequence_pool/sequence_pool.h"

namespace lathe::backends::cpu {
namespace {

using lathe::cpu::SequencePoolArgs;
using lathe::cpu::SequencePoolOp;

SequencePoolOp kernel_op(ops::PoolMode mode) {
  switch (mode) {
    case ops::PoolMode::mean: return SequencePoolOp::mean;
    case ops::PoolMode::mean_sqrt: return SequencePoolOp::mean_sqrt;
    case ops::PoolMode::weighted_mean: return SequencePoolOp::weighted_mean;
    case ops::PoolMode::max: return SequencePoolOp::max;
    default: return SequencePoolOp::one;
  }
}

SequencePoolArgs::Row kernel_row(ops::PoolMode mode) {
  if (mode == ops::PoolMode::last) return SequencePoolArgs::Row::last_token;
  return mode == ops::PoolMode::keep ? SequencePoolArgs::Row::own_number : SequencePoolArgs::Row::first_token;
}

class SequencePoolTactic : public CpuTactic {
 public:
  explicit SequencePoolTactic(DType type)
      : CpuTactic("sequence_pool", std::string(to_string(type)) + ".columns", Isa::avx2), type_(type) {}
  Layout input_layout(size_t input) const override { return input == 0 ? Layout::rows : Layout::dense; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    ops::PoolMode mode = q.op.as<ops::SequencePool>()->mode;
    return std::make_unique<FunctionStep>([mode](const Launch& launch, Team& team) {
      const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
      SequencePoolArgs args;
      args.op = kernel_op(mode);
      args.row = kernel_row(mode);
      args.type = x.dtype;
      args.x = x.data;
      args.y = y.data;
      args.cu_seqlens = launch.inputs[1].as<const int32_t>();
      args.sequences = y.shape[0];
      args.n = y.width();
      args.x_stride = x.row_stride;
      args.y_stride = y.row_stride;
      lathe::cpu::sequence_pool(args, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    if (!q.op.as<ops::SequencePool>()->packed) return unsupported_layout("padded");
    if (q.inputs[1].type.dtype != DType::i32) return unsupported_type(q.inputs[1].type.dtype);
    return q.inputs[0].type.dtype == type_ ? std::string() : unsupported_type(q.inputs[0].type.dtype);
  }

 private:
  DType type_;
};

}  // namespace

void add_sequence_pool(TacticList& list) {
  list.push_back(new SequencePoolTactic(DType::f32));
  list.push_back(new SequencePoolTactic(DType::bf16));
}

}  // namespace lathe::backends::cpu
