#pragma once
#include <vector>

#include "backends/tactic.h"
#include "passes/target.h"
#include "plan/plan.h"

namespace lathe::compiler {

/// The backends' answers for a machine, at the sizes that the first profile expects (1 where it names none). An op is
/// taken where one of the devices that it may be placed on takes it.
class MachineTarget : public passes::Target {
 public:
  /// All outlive the target.
  MachineTarget(const backends::Machine& machine, const std::vector<plan::Profile>& profiles,
                const std::vector<std::string>& devices)
      : machine_(machine), profiles_(profiles), devices_(devices) {}
  bool takes(const ops::Op& op, std::span<const passes::TargetOperand> inputs,
             std::span<const passes::TargetOperand> outputs) const override;
  bool takes_everywhere(const ops::Op& op, std::span<const passes::TargetOperand> inputs,
                        std::span<const passes::TargetOperand> outputs) const override;

 private:
  bool taken_by(const std::string& device, const ops::Op& op, std::span<const passes::TargetOperand> inputs,
                std::span<const passes::TargetOperand> outputs) const;
  std::vector<backends::Operand> operands(std::span<const passes::TargetOperand> list) const;

  const backends::Machine& machine_;
  const std::vector<plan::Profile>& profiles_;
  const std::vector<std::string>& devices_;
};

}  // namespace lathe::compiler
