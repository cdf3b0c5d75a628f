#include "ops/pointwise.h"

#include <algorithm>
#include <array>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

constexpr size_t kMostValues = ops::PointwiseProgram::kMostInputs + ops::PointwiseProgram::kMostSteps;
constexpr size_t kMostArgs = 3;

Shape broadcast(const Shape& a, const Shape& b) {
  Shape wide = a.rank() < b.rank() ? b : a;
  const Shape& narrow = a.rank() < b.rank() ? a : b;
  for (int i = 1; i <= narrow.rank(); ++i)
    if (wide[-i] == 1) wide[-i] = narrow[-i];
  return wide;
}

/// Each step by its own op's reference, through tensors in the workspace.
class PointwiseSteps : public CpuStep {
 public:
  explicit PointwiseSteps(const Question& question) : program_(question.op.as<ops::Pointwise>()->program) {
    ops::Types types;
    for (const Operand& input : question.inputs) types.push_back(input.type);
    ops::Equalities needed;
    for (const ops::TensorType& type : ops::value_types({program_}, types, needed)) types_.push_back(type.dtype);
    for (const ops::PointwiseStep& step : program_.steps) {
      const Tactic& tactic = *find_tactic("reference." + std::string(step.op.name()));
      steps_.push_back(tactic.prepare({step.op, {}, {}, question.machine}));
    }
  }
  size_t workspace(std::span<const TensorView>, std::span<const TensorView> out, int) const override {
    return (steps_.size() - 1) * bytes_of(out[0]);
  }
  void run(const Launch& launch, Team& team) const noexcept override {
    if (team.rank() != 0) return;
    std::array<TensorView, kMostValues> values;
    std::copy(launch.inputs.begin(), launch.inputs.end(), values.begin());
    size_t at = launch.inputs.size();
    std::byte* place = launch.workspace;
    for (size_t i = 0; i < steps_.size(); ++i, ++at, place += bytes_of(launch.outputs[0])) {
      std::array<TensorView, kMostArgs> args;
      Shape shape;
      const std::vector<int>& read = program_.steps[i].args;
      for (size_t a = 0; a < read.size(); ++a) {
        args[a] = values[static_cast<size_t>(read[a])];
        shape = broadcast(shape, args[a].shape);
      }
      const bool last = i + 1 == steps_.size();
      values[at] = last ? launch.outputs[0] : TensorView{place, types_[at], shape, shape.rank() == 0 ? 1 : shape[-1]};
      static_cast<const CpuStep&>(*steps_[i])
          .run({{args.data(), read.size()}, {&values[at], 1}, nullptr, nullptr, launch.fault}, team);
    }
  }

 private:
  static size_t bytes_of(const TensorView& y) { return static_cast<size_t>(y.shape.count()) * sizeof(double); }
  ops::PointwiseProgram program_;
  std::vector<DType> types_;
  std::vector<std::unique_ptr<Step>> steps_;
};

class PointwiseTactic : public ReferenceTactic<ops::Pointwise> {
 public:
  PointwiseTactic() : ReferenceTactic("reference.pointwise", "pointwise", {}) {}
  std::unique_ptr<Step> prepare(const Question& question) const override {
    return std::make_unique<PointwiseSteps>(question);
  }
};

}  // namespace

const Tactic& tactic_pointwise();
const Tactic& tactic_pointwise() {
  static const PointwiseTactic tactic;
  return tactic;
}

}  // namespace lathe::backends::reference
