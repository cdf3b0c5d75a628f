#pragma once
#include <span>

#include "ops/op.h"

namespace lathe::passes {

/// An input or output of an op, as far as what can run it depends on it.
struct TargetOperand {
  ops::TensorType type;
  bool constant = false;
};

/// The machine that a network is compiled for, as passes see it. The compiler hands them the backends' answers.
class Target {
 public:
  virtual ~Target() = default;
  /// Whether it runs the op as it stands by more than the reference, which runs everything and slowly.
  virtual bool takes(const ops::Op& op, std::span<const TargetOperand> inputs,
                     std::span<const TargetOperand> outputs) const = 0;
  /// The same of each of its devices: where the op comes to lie is not known yet.
  virtual bool takes_everywhere(const ops::Op& op, std::span<const TargetOperand> inputs,
                                std::span<const TargetOperand> outputs) const {
    return takes(op, inputs, outputs);
  }
};

}  // namespace lathe::passes
