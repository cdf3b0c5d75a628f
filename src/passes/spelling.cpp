#include "passes/spelling.h"

#include "ops/conv.h"
#include "ops/expander.h"
#include "ops/linear.h"

namespace lathe::passes {
namespace {

DType wide(DType type) { return type == DType::f64 ? DType::f64 : DType::f32; }

/// The first `count` records, in the type that the epilogue works in.
ops::Op prefix(const ops::Op& op, size_t count) {
  ops::Epilogue epilogue = *ops::epilogue_of(op);
  epilogue.records.resize(count);
  ops::Op head = ops::with_epilogue(op, std::move(epilogue));
  if (const auto* linear = head.as<ops::Linear>()) return head.storing(wide(linear->out));
  return head;
}

/// The type of the whole op's result.
DType stored(const ops::Op& op, const ops::TensorType& x) {
  const auto* linear = op.as<ops::Linear>();
  return linear ? linear->out : x.dtype;
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
    if (ops::epilogue_of(op) && taken_prefix(target_, op, operands))
      return cut_epilogue(target_, op, operands, *this, inputs);
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

std::optional<size_t> taken_prefix(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs) {
  ops::Types types;
  for (const TargetOperand& input : inputs) types.push_back(input.type);
  ops::Equalities compared;
  TargetOperand output{op.infer(types, compared).at(0)};
  // A convolution stores what it reads: what follows in FP32 would be rounded before.
  if (op.is<ops::Conv>() && wide(output.type.dtype) != output.type.dtype) return std::nullopt;
  output.type.dtype = wide(output.type.dtype);
  for (size_t count = ops::epilogue_of(op)->records.size(); count-- > 0;) {
    const ops::Op head = prefix(op, count);
    if (target.takes(head, inputs.first(2 + ops::epilogue_of(head)->operands()), {&output, 1})) return count;
  }
  return std::nullopt;
}

ops::ExpanderValue cut_epilogue(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs,
                                ops::Expander& to, std::span<const ops::ExpanderValue> values) {
  const size_t count = taken_prefix(target, op, inputs).value();
  const ops::Op head = prefix(op, count);
  const size_t used = 2 + ops::epilogue_of(head)->operands();
  const std::vector<ops::EpilogueRecord>& records = ops::epilogue_of(op)->records;
  const ops::ExpanderValue y = to.add(head, {values.begin(), values.begin() + static_cast<int64_t>(used)});
  ops::Epilogue rest;
  rest.records.assign(records.begin() + static_cast<int64_t>(count), records.end());
  return to.cast(ops::expand(rest, to, y, values.subspan(used)), stored(op, inputs[0].type));
}

bool is_taken_in_parts(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs) {
  Inquiry inquiry(target);
  std::vector<ops::ExpanderValue> given;
  for (const TargetOperand& input : inputs) given.push_back(inquiry.source(input));
  return op.expand(inquiry, given) != ops::kNoExpansion && inquiry.all_taken();
}

}  // namespace lathe::passes
