#pragma once
#include "backends/cost.h"
#include "backends/reasons.h"
#include "backends/reference/elements.h"
#include "backends/tactic.h"

namespace lathe::backends::reference {

/// What <op>.cpp gives for its op: how to run it and, where it needs them, the doubles of scratch memory (in
/// Launch::workspace) and a reason to refuse.
template <class T>
struct Definition {
  void (*run)(const T& op, const Launch& launch);
  int64_t (*scratch)(const T& op, std::span<const TensorView> inputs, std::span<const TensorView> outputs) = nullptr;
  std::string (*refuse)(const T& op, const Question& question) = nullptr;
};

template <class T>
class ReferenceStep : public CpuStep {
 public:
  ReferenceStep(const T& op, const Definition<T>& definition) : op_(op), definition_(definition) {}
  size_t workspace(std::span<const TensorView> inputs, std::span<const TensorView> outputs, int) const override {
    return definition_.scratch ? static_cast<size_t>(definition_.scratch(op_, inputs, outputs)) * sizeof(double) : 0;
  }
  void run(const Launch& launch, Team& team) const noexcept override {
    if (team.rank() != 0) return;
    definition_.run(op_, launch);
    for (const TensorView& output : launch.outputs) zero_padding(output);
  }

 private:
  T op_;
  Definition<T> definition_;
};

template <class T>
class ReferenceTactic : public Tactic {
 public:
  ReferenceTactic(std::string_view full_name, std::string_view op_name, Definition<T> definition)
      : name_(full_name), op_(op_name), definition_(definition) {}
  std::string_view name() const override { return name_; }
  std::string_view op() const override { return op_; }
  std::string refuse(const Question& question) const override {
    for (const auto& list : {question.inputs, question.outputs})
      for (const Operand& operand : list)
        if (bits_of(operand.type.dtype) < 8) return unsupported_type(operand.type.dtype);
    return definition_.refuse ? definition_.refuse(*question.op.as<T>(), question) : std::string();
  }
  /// Dearer than any other tactic's estimate: what there is no other way for.
  double cost(const Question&) const override { return kLastResort; }
  Layout input_layout(size_t) const override { return Layout::blocked; }
  Layout output_layout(size_t) const override { return Layout::blocked; }
  std::unique_ptr<Step> prepare(const Question& question) const override {
    return std::make_unique<ReferenceStep<T>>(*question.op.as<T>(), definition_);
  }

 private:
  std::string_view name_, op_;
  Definition<T> definition_;
};

inline double* scratch_of(const Launch& launch) { return reinterpret_cast<double*>(launch.workspace); }

/// In <op>.cpp, at the end of the namespace: the tactic "reference.<op>" that op_list.inc announces.
#define LATHE_REFERENCE(Struct, op_name, ...)                                               \
  const Tactic& tactic_##op_name();                                                         \
  const Tactic& tactic_##op_name() {                                                        \
    static const ReferenceTactic<ops::Struct> tactic("reference." #op_name, #op_name,       \
                                                     Definition<ops::Struct>{__VA_ARGS__}); \
    return tactic;                                                                          \
  }

}  // namespace lathe::backends::reference
