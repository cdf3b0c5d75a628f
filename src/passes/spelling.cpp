#include "passes/spelling.h"

#include "ops/expander.h"

namespace lathe::passes {
namespace {

/// Builds nothing: asks the target about each op.
class Inquiry : public ops::Expander {
 public:
  explicit Inquiry(const Target& target) : target_(target) {}

  Value add(ops::Op op, std::vector<Value> inputs) override {
    std::vector<TargetOperand> operands;
    ops::Types types;
    bool constant = true;
    for (Value input : inputs) {
      operands.push_back(values_.at(static_cast<size_t>(input)));
      types.push_back(operands.back().type);
      constant = constant && operands.back().constant;
    }
    // What is made of nothing is a constant only where its size is known.
    ops::TensorType type = op.infer(types).at(0);
    for (const Dim& d : type.shape) constant = constant && d.is_constant();
    const TargetOperand result{std::move(type), constant};
    const bool free = result.constant || op.traits().reshapes;
    if (free || !all_taken_ || target_.takes(op, operands, {&result, 1})) return source(result);
    const Value spelt = op.expand(*this, inputs);
    if (spelt != ops::kNoExpansion) return spelt;
    all_taken_ = false;
    return source(result);
  }
  Value scalar(double /*number*/, DType type) override { return source({{type, {}}, true}); }
  ops::TensorType type(Value value) const override { return values_.at(static_cast<size_t>(value)).type; }

  Value source(TargetOperand operand) {
    values_.push_back(std::move(operand));
    return static_cast<Value>(values_.size() - 1);
  }
  bool all_taken() const { return all_taken_; }

 private:
  const Target& target_;
  std::vector<TargetOperand> values_;
  bool all_taken_ = true;
};

}  // namespace

bool is_taken_in_parts(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs) {
  Inquiry inquiry(target);
  std::vector<ops::ExpanderValue> given;
  for (const TargetOperand& input : inputs) given.push_back(inquiry.source(input));
  return op.expand(inquiry, given) != ops::kNoExpansion && inquiry.all_taken();
}

}  // namespace lathe::passes
