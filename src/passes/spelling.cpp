#include "passes/spelling.h"

#include "ops/expander.h"

namespace lathe::passes {
namespace {

/// The first `count` records, in the type that the epilogue works in.
ops::Linear prefix(const ops::Linear& op, size_t count) {
  ops::Linear head = op;
  head.epilogue.records.resize(count);
  head.out = op.out == DType::f64 ? DType::f64 : DType::f32;
  return head;
}

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
    const auto* linear = op.as<ops::Linear>();
    if (linear && taken_prefix(target_, *linear, operands))
      return cut_epilogue(target_, *linear, operands, *this, inputs);
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

std::optional<size_t> taken_prefix(const Target& target, const ops::Linear& op, std::span<const TargetOperand> inputs) {
  ops::Types types;
  for (const TargetOperand& input : inputs) types.push_back(input.type);
  TargetOperand output{ops::infer(op, types).at(0)};
  for (size_t count = op.epilogue.records.size(); count-- > 0;) {
    const ops::Linear head = prefix(op, count);
    output.type.dtype = head.out;
    if (target.takes(head, inputs.first(2 + head.epilogue.operands()), {&output, 1})) return count;
  }
  return std::nullopt;
}

ops::ExpanderValue cut_epilogue(const Target& target, const ops::Linear& op, std::span<const TargetOperand> inputs,
                                ops::Expander& to, std::span<const ops::ExpanderValue> values) {
  const size_t count = taken_prefix(target, op, inputs).value();
  const ops::Linear head = prefix(op, count);
  const size_t used = 2 + head.epilogue.operands();
  const ops::ExpanderValue y = to.add(head, {values.begin(), values.begin() + static_cast<int64_t>(used)});
  ops::Epilogue rest;
  rest.records.assign(op.epilogue.records.begin() + static_cast<int64_t>(count), op.epilogue.records.end());
  return to.cast(ops::expand(rest, to, y, values.subspan(used)), op.out);
}

bool is_taken_in_parts(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs) {
  Inquiry inquiry(target);
  std::vector<ops::ExpanderValue> given;
  for (const TargetOperand& input : inputs) given.push_back(inquiry.source(input));
  return op.expand(inquiry, given) != ops::kNoExpansion && inquiry.all_taken();
}

}  // namespace lathe::passes
