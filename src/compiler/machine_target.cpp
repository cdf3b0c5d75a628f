#include "compiler/machine_target.h"

#include <algorithm>

#include "backends/choose.h"
#include "backends/cost.h"

namespace lathe::compiler {

std::vector<backends::Operand> MachineTarget::operands(std::span<const passes::TargetOperand> list) const {
  auto expected = [&](std::string_view symbol) -> int64_t {
    if (profiles_.empty()) return 1;
    const auto extent = profiles_[0].find(std::string(symbol));
    return extent == profiles_[0].end() ? 1 : extent->second.opt;
  };
  std::vector<backends::Operand> result;
  for (const passes::TargetOperand& operand : list) {
    result.push_back({operand.type, {}, operand.constant});
    for (const Dim& d : operand.type.shape) result.back().typical.push_back(d.evaluate(expected));
  }
  return result;
}

bool MachineTarget::taken_by(const std::string& device, const ops::Op& op,
                             std::span<const passes::TargetOperand> inputs,
                             std::span<const passes::TargetOperand> outputs) const {
  const std::vector<backends::Operand> in = operands(inputs), out = operands(outputs);
  const backends::Choice choice = backends::choose({op, in, out, machine_, device}, {});
  return choice.tactic != nullptr && !(choice.cost >= backends::kLastResort);
}

bool MachineTarget::takes(const ops::Op& op, std::span<const passes::TargetOperand> inputs,
                          std::span<const passes::TargetOperand> outputs) const {
  return std::any_of(devices_.begin(), devices_.end(),
                     [&](const std::string& device) { return taken_by(device, op, inputs, outputs); });
}

bool MachineTarget::takes_everywhere(const ops::Op& op, std::span<const passes::TargetOperand> inputs,
                                     std::span<const passes::TargetOperand> outputs) const {
  return std::all_of(devices_.begin(), devices_.end(),
                     [&](const std::string& device) { return taken_by(device, op, inputs, outputs); });
}

}  // namespace lathe::compiler
