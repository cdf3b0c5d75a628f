#include "kernels/cpu/elementwise/elementwise.h"

#include <optional>

#include "backends/cpu/cpu_tactic.h"
#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/unary.h"

namespace lathe::backends::cpu {
namespace {
using lathe::cpu::BinaryOp;
using lathe::cpu::UnaryOp;

std::optional<BinaryOp> kernel_op(ops::BinaryKind kind) {
  switch (kind) {
    case ops::BinaryKind::add: return BinaryOp::add;
    case ops::BinaryKind::sub: return BinaryOp::sub;
    case ops::BinaryKind::mul: return BinaryOp::mul;
    case ops::BinaryKind::div: return BinaryOp::div;
    case ops::BinaryKind::min: return BinaryOp::min;
    case ops::BinaryKind::max: return BinaryOp::max;
    default: return std::nullopt;
  }
}

std::optional<UnaryOp> kernel_op(ops::UnaryKind kind) {
  switch (kind) {
    case ops::UnaryKind::exp: return UnaryOp::exp;
    case ops::UnaryKind::sqrt: return UnaryOp::sqrt;
    case ops::UnaryKind::rsqrt: return UnaryOp::rsqrt;
    case ops::UnaryKind::recip: return UnaryOp::recip;
    case ops::UnaryKind::neg: return UnaryOp::neg;
    case ops::UnaryKind::abs: return UnaryOp::abs;
    case ops::UnaryKind::erf: return UnaryOp::erf;
    default: return std::nullopt;
  }
}

std::optional<UnaryOp> kernel_op(const ops::Act& op) { return lathe::cpu::unary_op(op.kind); }

/// How an operand of a broadcast lies under the output [rows, n]: its last dimension spans n or is one value, and its
/// leading dimensions are all there, or only the innermost of them. A dimension that is not shown to be 1 is the
/// output's in each run.
struct Repetition {
  bool scalar = false;  ///< one value a row
  int repeats = 0;      ///< how many of the output's leading dimensions it lacks
};

std::optional<Repetition> repetition_of(const std::vector<Dim>& operand, const std::vector<Dim>& out) {
  Repetition repetition;
  size_t missing = out.size() - operand.size();
  auto dim = [&](size_t i) { return i < missing ? Dim(1) : operand[i - missing]; };
  if (out.empty()) return repetition;
  size_t last = out.size() - 1;
  const auto repeats = [&](size_t i) { return dim(i) == Dim(1) && !(out[i] == Dim(1)); };
  repetition.scalar = repeats(last);
  size_t i = 0;
  while (i < last && repeats(i)) ++i;
  repetition.repeats = static_cast<int>(i);
  for (; i < last; ++i)
    if (repeats(i)) return std::nullopt;
  return repetition;
}

lathe::cpu::BinaryOperand operand_of(const TensorView& operand, const Repetition& repetition, const TensorView& out) {
  int64_t rows = 1;
  for (int i = repetition.repeats; i + 1 < out.shape.rank(); ++i) rows *= out.shape[i];
  lathe::cpu::BinaryOperand result;
  result.p = operand.data;
  result.scalar = repetition.scalar;
  result.stride = repetition.scalar ? 1 : operand.row_stride;
  result.period = repetition.repeats > 0 ? rows : 0;
  return result;
}

class BinaryTactic : public CpuTactic {
 public:
  explicit BinaryTactic(const lathe::cpu::BinaryKernel& kernel)
      : CpuTactic("binary", kernel.name, kernel.isa), kernel_(kernel) {}
  std::unique_ptr<Step> prepare(const Question& q) const override {
    BinaryOp op = *kernel_op(q.op.as<ops::Binary>()->kind);
    Repetition a = *repetition_of(q.inputs[0].type.shape, q.outputs[0].type.shape),
               b = *repetition_of(q.inputs[1].type.shape, q.outputs[0].type.shape);
    return std::make_unique<FunctionStep>([op, a, b, run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView& y = launch.outputs[0];
      lathe::cpu::BinaryArgs args;
      args.op = op;
      args.a = operand_of(launch.inputs[0], a, y);
      args.b = operand_of(launch.inputs[1], b, y);
      args.y = y.data;
      args.rows = y.rows();
      args.n = y.width();
      args.y_stride = y.row_stride;
      run(args, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    if (q.inputs[0].type.dtype != kernel_.type) return unsupported_type(q.inputs[0].type.dtype);
    if (!kernel_op(q.op.as<ops::Binary>()->kind)) return unsupported_attribute("kind");
    for (const Operand& input : q.inputs)
      if (!repetition_of(input.type.shape, q.outputs[0].type.shape))
        return unsupported_layout("broadcast of a middle dimension");
    return {};
  }

 private:
  const lathe::cpu::BinaryKernel& kernel_;
};

/// The ops `unary` and `activation`.
class UnaryTactic : public CpuTactic {
 public:
  UnaryTactic(std::string_view op, const lathe::cpu::UnaryKernel& kernel)
      : CpuTactic(op, kernel.name, kernel.isa), kernel_(kernel) {}
  Layout input_layout(size_t) const override { return Layout::rows; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<FunctionStep>([op = *op_of(q), run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
      run({op, x.data, y.data, y.rows(), y.width(), x.row_stride, y.row_stride}, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    if (q.inputs[0].type.dtype != kernel_.type) return unsupported_type(q.inputs[0].type.dtype);
    return op_of(q) ? std::string() : unsupported_attribute("kind");
  }

 private:
  static std::optional<UnaryOp> op_of(const Question& q) {
    if (const auto* act = q.op.as<ops::Act>()) return kernel_op(*act);
    return kernel_op(q.op.as<ops::Unary>()->kind);
  }
  const lathe::cpu::UnaryKernel& kernel_;
};

class CastTactic : public CpuTactic {
 public:
  explicit CastTactic(const lathe::cpu::CastKernel& kernel)
      : CpuTactic("cast", kernel.name, kernel.isa), kernel_(kernel) {}
  Layout input_layout(size_t) const override { return Layout::rows; }
  std::unique_ptr<Step> prepare(const Question&) const override {
    return std::make_unique<FunctionStep>([run = kernel_.run](const Launch& launch, Team& team) {
      const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
      run({x.data, y.data, y.rows(), y.width(), x.row_stride, y.row_stride}, team);
    });
  }

 protected:
  std::string reject(const Question& q) const override {
    if (q.inputs[0].type.dtype != kernel_.from) return unsupported_type(q.inputs[0].type.dtype);
    return q.outputs[0].type.dtype == kernel_.to ? std::string() : unsupported_type(q.outputs[0].type.dtype);
  }

 private:
  const lathe::cpu::CastKernel& kernel_;
};

}  // namespace

void add_elementwise(TacticList& list) {
  for (const auto& kernel : lathe::cpu::binary_kernels()) list.push_back(new BinaryTactic(kernel));
  for (const auto& kernel : lathe::cpu::unary_kernels()) {
    list.push_back(new UnaryTactic("unary", kernel));
    list.push_back(new UnaryTactic("activation", kernel));
  }
  for (const auto& kernel : lathe::cpu::cast_kernels()) list.push_back(new CastTactic(kernel));
}

}  // namespace lathe::backends::cpu
