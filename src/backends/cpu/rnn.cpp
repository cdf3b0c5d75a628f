#include "ops/rnn.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/gemm/gemm.h"
#include "kernels/cpu/rnn/rnn.h"

namespace lathe::backends::cpu {
namespace {

using lathe::cpu::RnnArgs;
using lathe::cpu::RnnCellKind;

RnnCellKind cell_of(const ops::Rnn& op) {
  switch (op.cell) {
    case ops::RnnCell::lstm: return RnnCellKind::lstm;
    case ops::RnnCell::gru: return op.linear_before_reset ? RnnCellKind::gru_linear : RnnCellKind::gru;
    default: return RnnCellKind::rnn;
  }
}

Activation activation_of(ops::RnnActivation kind) {
  switch (kind) {
    case ops::RnnActivation::relu: return Activation::relu;
    case ops::RnnActivation::tanh: return Activation::tanh;
    case ops::RnnActivation::sigmoid: return Activation::sigmoid;
    case ops::RnnActivation::leaky_relu: return Activation::leaky_relu;
    case ops::RnnActivation::thresholded_relu: return Activation::thresholded_relu;
    case ops::RnnActivation::scaled_tanh: return Activation::scaled_tanh;
    case ops::RnnActivation::hard_sigmoid: return Activation::hard_sigmoid;
    case ops::RnnActivation::elu: return Activation::elu;
    case ops::RnnActivation::softsign: return Activation::softsign;
    case ops::RnnActivation::softplus: return Activation::softplus;
    default: return Activation::none;
  }
}

class RnnStep : public CpuStep {
 public:
  RnnStep(const ops::Rnn& op, const lathe::cpu::RnnKernel& kernel) : op_(op), at_(op), kernel_(kernel) {}
  size_t workspace(std::span<const TensorView>, std::span<const TensorView> out, int) const override {
    const Shape& state = out[1].shape;
    return lathe::cpu::rnn_workspace_bytes(cell_of(op_), op_.directions(), state[op_.batch_first ? 0 : 1], state[2]);
  }
  void run(const Launch& launch, Team& team) const noexcept override {
    RnnArgs args = sizes(launch);
    if (args.batch == 0 || args.hidden == 0 || !lengths_fit(launch, args)) return;
    args.x = launch.inputs[0].as<const float>();
    args.r = launch.inputs[at_.r].data;
    args.first_h = given(launch, at_.initial_h);
    args.first_c = given(launch, at_.initial_c);
    args.bias = given(launch, at_.bias);
    args.peepholes = given(launch, at_.peepholes);
    args.y = launch.outputs[0].as<float>();
    args.last_h = launch.outputs[1].as<float>();
    if (op_.cell == ops::RnnCell::lstm) args.last_c = launch.outputs[2].as<float>();
    args.workspace = launch.workspace;
    kernel_.run(args, team);
  }

 private:
  static const float* given(const Launch& launch, size_t place) {
    return place == 0 ? nullptr : launch.inputs[place].as<const float>();
  }

  RnnArgs sizes(const Launch& launch) const {
    const Shape& x = launch.inputs[0].shape;
    RnnArgs args;
    args.cell = cell_of(op_);
    args.directions = op_.directions();
    args.hidden = launch.outputs[1].shape[2];
    args.batch = x[op_.batch_first ? 0 : 1];
    args.seq = x[op_.batch_first ? 1 : 0];
    args.clip = static_cast<float>(op_.clip);
    args.input_forget = op_.input_forget;
    const int64_t width = launch.inputs[0].row_stride, all = args.directions * args.hidden;
    args.x_item = op_.batch_first ? args.seq * width : width;
    args.x_step = op_.batch_first ? width : args.batch * width;
    args.y_step = op_.batch_first ? all : args.batch * all;
    args.y_item = op_.batch_first ? args.seq * all : args.hidden;
    args.y_direction = args.state_direction = op_.batch_first ? args.hidden : args.batch * args.hidden;
    args.state_item = op_.batch_first ? all : args.hidden;
    for (int64_t d = 0; d < args.directions; ++d) {
      args.backwards[d] = op_.backwards(d);
      for (int64_t f = 0; f < op_.functions(); ++f) {
        const ops::RnnFunction function = op_.function(d, f);
        args.functions[d][f] = {activation_of(function.kind), static_cast<float>(function.alpha),
                                static_cast<float>(function.beta)};
      }
    }
    return args;
  }

  /// Gives the lengths to the kernel, which trusts them.
  bool lengths_fit(const Launch& launch, RnnArgs& args) const {
    if (!op_.lengths) return true;
    const TensorView& lengths = launch.inputs[at_.lengths];
    args.lengths = lengths.data;
    args.wide_lengths = lengths.dtype == DType::i64;
    for (int64_t b = 0; b < args.batch; ++b) {
      const int64_t length = args.wide_lengths ? lengths.as<const int64_t>()[b] : lengths.as<const int32_t>()[b];
      if (length >= 0 && length <= args.seq) continue;
      launch.fault->set(ErrorCode::out_of_range, "a sequence of length {} is none of {}", length, args.seq);
      return false;
    }
    return true;
  }

  const ops::Rnn op_;
  const ops::RnnInputs at_;
  const lathe::cpu::RnnKernel& kernel_;
};

class RnnTactic : public CpuTactic {
 public:
  explicit RnnTactic(const lathe::cpu::RnnKernel& kernel)
      : CpuTactic("rnn", kernel.name, kernel.isa), kernel_(kernel) {}
  double cost(const Question& q) const override {
    const Shape& x = q.inputs[0].typical;
    const double steps = static_cast<double>(x[0]) * static_cast<double>(x[1]);
    return estimate_us(2.0 * steps * static_cast<double>(q.inputs[1].typical.count()), nominal_rates(isa()).f32_gflops,
                       typical_bytes(q), q.machine.threads);
  }
  std::string_view weight_format(const Question&, size_t input) const override {
    return input == 1 ? std::string_view(lathe::cpu::gemm_format(kernel_.r).name) : std::string_view();
  }
  Layout input_layout(size_t input) const override { return input == 0 ? Layout::rows : Layout::dense; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<RnnStep>(*q.op.as<ops::Rnn>(), kernel_);
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::Rnn>();
    if (!op.projected) return unsupported_attribute("the product of the input is no op of its own");
    if (q.inputs[0].type.dtype != DType::f32) return unsupported_type(q.inputs[0].type.dtype);
    if (q.inputs[1].type.dtype != kernel_.r) return unsupported_type(q.inputs[1].type.dtype);
    const Dim& hidden = q.outputs[1].type.shape[2];
    if (kernel_.r == DType::bf16 && (!hidden.is_constant() || hidden.constant() % 2 != 0))
      return unsupported_attribute("an odd hidden size");
    return q.inputs[1].constant ? std::string() : unsupported_layout("r is no constant");
  }

 private:
  const lathe::cpu::RnnKernel& kernel_;
};

}  // namespace

void add_rnn(TacticList& list) {
  for (const lathe::cpu::RnnKernel& kernel : lathe::cpu::rnn_kernels()) list.push_back(new RnnTactic(kernel));
}

}  // namespace lathe::backends::cpu
