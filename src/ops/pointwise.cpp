#include "ops/pointwise.h"

#include <charconv>

#include "base/error.h"
#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/compare.h"
#include "ops/expander.h"
#include "ops/unary.h"
#include "ops/where.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Pointwise, pointwise, Traits{})

namespace {

[[noreturn]] void reject_text(std::string_view text) {
  fail(ErrorCode::corrupt_file, "pointwise", {}, "'{}' is no step of a program", text.substr(0, 64));
}

std::string name_of(const Op& op) {
  if (const auto* unary = op.as<Unary>()) return to_string(unary->kind);
  if (const auto* binary = op.as<Binary>()) return to_string(binary->kind);
  if (const auto* compare = op.as<Compare>()) return to_string(compare->kind);
  if (const auto* cast = op.as<Cast>()) return fmt::format("cast[{}]", lathe::to_string(cast->to));
  const auto* act = op.as<Act>();
  if (!act) return "where";
  if (act->alpha == 1 && act->beta == 1) return to_string(act->kind);
  return fmt::format("{}[{},{}]", to_string(act->kind), act->alpha, act->beta);
}

/// The kind of this name, if Enum has one.
template <class Enum>
std::optional<Enum> kind_named(std::string_view name, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  return std::nullopt;
}

template <class Number>
Number number_of(std::string_view text) {
  Number number{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) reject_text(text);
  return number;
}

Op op_of(std::string_view name, std::string_view attributes) {
  if (name == "cast") return Cast{parse_dtype(attributes)};
  if (const auto act = kind_named(name, ActKind::mish)) {
    if (attributes.empty()) return Act{*act};
    const std::vector<std::string_view> numbers = split_list(attributes);
    if (numbers.size() != 2) reject_text(attributes);
    return Act{*act, number_of<double>(numbers[0]), number_of<double>(numbers[1])};
  }
  if (!attributes.empty()) reject_text(attributes);
  if (name == "where") return Where{};
  if (const auto unary = kind_named(name, UnaryKind::not_)) return Unary{*unary};
  if (const auto binary = kind_named(name, BinaryKind::shift_right)) return Binary{*binary};
  if (const auto compare = kind_named(name, CompareKind::greater_equal)) return Compare{*compare};
  reject_text(name);
}

PointwiseStep parse_step(std::string_view text) {
  const size_t open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')') reject_text(text);
  PointwiseStep step;
  std::string_view name = text.substr(0, open), attributes;
  if (const size_t bracket = name.find('['); bracket != std::string_view::npos) {
    if (name.back() != ']') reject_text(text);
    attributes = name.substr(bracket + 1, name.size() - bracket - 2);
    name = name.substr(0, bracket);
  }
  step.op = op_of(name, attributes);
  for (std::string_view arg : split_list(text.substr(open + 1, text.size() - open - 2)))
    step.args.push_back(number_of<int>(arg));
  return step;
}

}  // namespace

bool is_pointwise(const Op& op) {
  if (const auto* cast = op.as<Cast>()) return cast->saturate;
  return op.is<Unary>() || op.is<Binary>() || op.is<Compare>() || op.is<Act>() || op.is<Where>();
}

std::string to_string(const PointwiseProgram& program) {
  std::string text;
  for (const PointwiseStep& step : program.steps)
    text += fmt::format("{}{}({})", text.empty() ? "" : "; ", name_of(step.op), fmt::join(step.args, ","));
  return text;
}

void parse(std::string_view text, PointwiseProgram& program) {
  program.steps.clear();
  while (!text.empty()) {
    const size_t end = text.find(';');
    program.steps.push_back(parse_step(text.substr(0, end)));
    if (program.steps.size() > PointwiseProgram::kMostSteps)
      fail(ErrorCode::corrupt_file, "pointwise", {}, "more than {} steps", PointwiseProgram::kMostSteps);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
}

Types value_types(const Pointwise& op, const Types& in, Equalities& needed) {
  if (in.empty() || in.size() > PointwiseProgram::kMostInputs || op.program.steps.empty() ||
      op.program.steps.size() > PointwiseProgram::kMostSteps)
    reject("pointwise", in, "it needs inputs and steps, and has room for few");
  Types values = in;
  for (const PointwiseStep& step : op.program.steps) {
    if (!is_pointwise(step.op)) reject("pointwise", in, "a step is not computed element by element");
    Types args;
    for (int arg : step.args) {
      if (arg < 0 || arg >= static_cast<int>(values.size())) reject("pointwise", in, "a step reads no value");
      args.push_back(values[static_cast<size_t>(arg)]);
    }
    values.push_back(step.op.infer(args, needed).at(0));
  }
  return values;
}

Types infer(const Pointwise& op, const Types& in, Equalities& needed) {
  const Types values = value_types(op, in, needed);
  for (const TensorType& value : values)
    if (value.rank() > values.back().rank()) reject("pointwise", in, "an input is not part of the result");
  return {values.back()};
}

ExpanderValue expand(const Pointwise& op, Expander& to, std::span<const ExpanderValue> in) {
  std::vector<ExpanderValue> values(in.begin(), in.end());
  for (const PointwiseStep& step : op.program.steps) {
    std::vector<ExpanderValue> args;
    for (int arg : step.args) args.push_back(values[static_cast<size_t>(arg)]);
    values.push_back(to.add(step.op, args));
  }
  return values.back();
}

}  // namespace lathe::ops
