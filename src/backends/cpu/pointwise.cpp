#include "ops/pointwise.h"

#include <array>

#include "backends/cpu/cpu_tactic.h"
#include "backends/cpu/strided.h"
#include "kernels/cpu/pointwise/pointwise.h"
#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/compare.h"
#include "ops/unary.h"
#include "ops/where.h"

namespace lathe::backends::cpu {
namespace {
using lathe::cpu::Lane;
using lathe::cpu::lane_of;
using lathe::cpu::PointwiseInput;
using lathe::cpu::PointwiseKernel;

static_assert(ops::PointwiseProgram::kMostInputs == lathe::cpu::kPointwiseInputs);
static_assert(ops::PointwiseProgram::kMostSteps == lathe::cpu::kPointwiseSteps);

/// An op of one step is a program of itself.
ops::PointwiseProgram program_of(const Question& q) {
  if (const auto* op = q.op.as<ops::Pointwise>()) return op->program;
  ops::PointwiseStep step{q.op, {}};
  for (size_t i = 0; i < q.inputs.size(); ++i) step.args.push_back(static_cast<int>(i));
  return {{step}};
}

std::string kind_of(const ops::Op& op) {
  if (const auto* unary = op.as<ops::Unary>()) return to_string(unary->kind);
  if (const auto* binary = op.as<ops::Binary>()) return to_string(binary->kind);
  if (const auto* compare = op.as<ops::Compare>()) return to_string(compare->kind);
  if (const auto* act = op.as<ops::Act>()) return to_string(act->kind);
  return std::string(op.name());
}

std::vector<DType> value_types(const Question& q, const ops::PointwiseProgram& program) {
  ops::Types types;
  ops::Equalities needed;
  for (const Operand& input : q.inputs) types.push_back(input.type);
  std::vector<DType> values;
  for (const ops::TensorType& type : ops::value_types({program}, types, needed)) values.push_back(type.dtype);
  return values;
}

/// Through f32, which would round a second time.
bool rounds_twice(DType from, DType to) {
  const bool wide =
      from == DType::f64 || from == DType::i64 || from == DType::u64 || from == DType::u32 || from == DType::i32;
  return (to == DType::bf16 && wide) || (to == DType::f16 && from == DType::f64);
}

/// A program for the kernels.
struct Compiled {
  std::vector<lathe::cpu::PointwiseStep> steps;
  int slots = 0;  ///< inputs have the first ones
};

/// Gives each result a slot that no value has which is still read.
void give_slots(Compiled& compiled, int inputs) {
  std::vector<int> last(compiled.steps.size(), -1);
  const auto note = [&](int value, int step) {
    if (value >= inputs) last[static_cast<size_t>(value - inputs)] = step;
  };
  for (int i = 0; i < static_cast<int>(compiled.steps.size()); ++i) {
    const lathe::cpu::PointwiseStep& step = compiled.steps[static_cast<size_t>(i)];
    for (int value : {step.a, step.b, step.c}) note(value, i);
  }
  std::vector<int> busy_until;
  for (int i = 0; i < static_cast<int>(compiled.steps.size()); ++i) {
    size_t slot = 0;
    while (slot < busy_until.size() && busy_until[slot] >= i) ++slot;
    if (slot == busy_until.size()) busy_until.push_back(0);
    busy_until[slot] = last[static_cast<size_t>(i)];
    compiled.steps[static_cast<size_t>(i)].slot = inputs + static_cast<int>(slot);
  }
  compiled.slots = inputs + static_cast<int>(busy_until.size());
}

Compiled compile(const Question& q) {
  const ops::PointwiseProgram program = program_of(q);
  const std::vector<DType> types = value_types(q, program);
  Compiled compiled;
  for (const ops::PointwiseStep& from : program.steps) {
    lathe::cpu::PointwiseStep step;
    step.op = *lathe::cpu::find_pointwise_op(kind_of(from.op));
    const bool where = from.op.is<ops::Where>();
    step.a = from.args[where ? 1 : 0];
    step.b = from.args.size() > 1 ? from.args.back() : step.a;
    step.c = from.args[0];
    step.type = types[static_cast<size_t>(step.a)];
    step.to = types[q.inputs.size() + compiled.steps.size()];
    if (const auto* act = from.op.as<ops::Act>()) step.alpha = act->alpha, step.beta = act->beta;
    compiled.steps.push_back(step);
  }
  give_slots(compiled, static_cast<int>(q.inputs.size()));
  return compiled;
}

/// How the view repeats to fill a shape; dimensions along which it goes on evenly are one.
PointwiseInput input_of(const TensorView& given, const Shape& out) {
  const TensorView view = strided(given);
  PointwiseInput input;
  input.p = view.data;
  input.type = view.dtype;
  const int missing = out.rank() - view.shape.rank();
  for (int d = 0; d < out.rank(); ++d) {
    if (out[d] == 1) continue;
    const int64_t step = d < missing || view.shape[d - missing] == 1 ? 0 : view.strides[d - missing];
    const int last = input.rank - 1;
    if (last >= 0 && input.step[last] == step * out[d]) {
      input.size[last] *= out[d];
      input.step[last] = step;
      continue;
    }
    input.size[input.rank] = out[d];
    input.step[input.rank++] = step;
  }
  return input;
}

class PointwiseTactic : public CpuTactic {
 public:
  PointwiseTactic(std::string_view op, const PointwiseKernel& kernel)
      : CpuTactic(op, kernel.name, kernel.isa), kernel_(kernel) {}
  Layout input_layout(size_t) const override { return Layout::strided; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    const Compiled compiled = compile(q);
    const auto workspace = [slots = compiled.slots](std::span<const TensorView>, std::span<const TensorView>,
                                                    int threads) {
      return static_cast<size_t>(threads) * static_cast<size_t>(slots) * lathe::cpu::kPointwiseSlot;
    };
    return std::make_unique<FunctionStep>(
        [compiled, run = kernel_.run](const Launch& launch, Team& team) {
          const TensorView& y = launch.outputs[0];
          std::array<PointwiseInput, lathe::cpu::kPointwiseInputs> inputs;
          lathe::cpu::PointwiseArgs args;
          for (const TensorView& view : launch.inputs) {
            inputs[static_cast<size_t>(args.input_count)] = input_of(view, y.shape);
            inputs[static_cast<size_t>(args.input_count)].slot = args.input_count;
            ++args.input_count;
          }
          args.inputs = inputs.data();
          args.steps = compiled.steps.data();
          args.step_count = static_cast<int>(compiled.steps.size());
          args.y = y.data;
          args.count = y.shape.count();
          args.scratch = launch.workspace;
          args.slots = compiled.slots;
          run(args, team);
        },
        workspace);
  }

 protected:
  std::string reject(const Question& q) const override {
    const ops::PointwiseProgram program = program_of(q);
    for (const ops::PointwiseStep& step : program.steps)
      if (!ops::is_pointwise(step.op)) return unsupported_attribute("saturate");
    if (q.inputs.size() > ops::PointwiseProgram::kMostInputs) return unsupported_attribute("inputs");
    const std::vector<DType> types = value_types(q, program);
    for (DType type : types)
      if (lane_of(type) == Lane::none) return unsupported_type(type);
    for (size_t i = 0; i < program.steps.size(); ++i) {
      const DType from = types[static_cast<size_t>(program.steps[i].args[0])], to = types[q.inputs.size() + i];
      if (program.steps[i].op.is<ops::Cast>() && rounds_twice(from, to)) return unsupported_type(to);
    }
    return {};
  }

 private:
  const PointwiseKernel& kernel_;
};

}  // namespace

void add_pointwise(TacticList& list) {
  for (std::string_view op : {"pointwise", "unary", "binary", "compare", "activation", "where", "cast"})
    for (const PointwiseKernel& kernel : lathe::cpu::pointwise_kernels())
      list.push_back(new PointwiseTactic(op, kernel));
}

}  // namespace lathe::backends::cpu
