#pragma once
#include <vector>

#include "backends/tactic.h"
#include "passes/target.h"
#include "plan/plan.h"

namespace lathe::compiler {

/// The backends' answers for a machine, at the sizes that the first profile expects (1 where it names none).
class MachineTarget : public passes::Target {
 public:
  /// Both outlive the target.
  MachineTarget(const backends::Machine& machine, const std::vector<plan::Profile>& profiles)
      : machine_(machine), profiles_(profiles) {}
  bool takes(const ops::Op& op, std::span<const passes::TargetOperand> inputs,
             std::span<const passes::TargetOperand> outputs) const override;

 private:
  std::vector<backends::Operand> operands(std::span<const passes::TargetOperand> list) const;

  const backends::Machine& machine_;
  const std::vector<plan::Profile>& profiles_;
};

}  // namespace lathe::compiler
