#include "passes/index_form.h"

#include <algorithm>
#include <cmath>

#include "base/dtype.h"
#include "base/number.h"
#include "io/tensor.h"
#include "ir/pattern.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/compare.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/gather_nd.h"
#include "ops/range.h"
#include "ops/reshape.h"
#include "ops/shape_rules.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "ops/unary.h"
#include "ops/where.h"
#include "passes/arithmetic.h"

namespace lathe::passes {
namespace {

using Kind = IndexForm::Kind;

constexpr int kDeepest = 64, kMostSteps = 2000;

IndexForm made(Kind kind, std::vector<Condition> conditions = {}, double a = 0, double b = 0) {
  IndexForm f;
  f.kind = kind;
  f.conditions = std::move(conditions);
  f.a = a;
  f.b = b;
  return f;
}
IndexForm whole(Dim d) {
  IndexForm f = made(Kind::whole);
  f.whole = std::move(d);
  return f;
}
IndexForm number(double x) { return made(Kind::number, {}, x); }
IndexForm flag(bool value) { return made(value ? Kind::flag : Kind::never); }
IndexForm flag(Condition condition) { return made(Kind::flag, {std::move(condition)}); }
IndexForm choice(std::vector<Condition> conditions, double yes, double no) {
  return made(Kind::choice, std::move(conditions), yes, no);
}
IndexForm at_least(Dim distance) { return flag(Condition{Condition::Kind::at_least, {}, std::move(distance)}); }

/// A number that a form is for all indices.
std::optional<double> constant_of(const IndexForm& f) {
  if (f.kind == Kind::number) return f.a;
  if (f.kind == Kind::whole && f.whole.is_constant()) return static_cast<double>(f.whole.constant());
  if (f.kind == Kind::never) return 0;
  if (f.kind == Kind::flag && f.conditions.empty()) return 1;
  return std::nullopt;
}

IndexForm both(const IndexForm& x, const IndexForm& y) {
  if (x.kind == Kind::never || y.kind == Kind::never) return flag(false);
  IndexForm all = x;
  all.conditions.insert(all.conditions.end(), y.conditions.begin(), y.conditions.end());
  return all;
}

IndexForm negated(const IndexForm& x) {
  if (x.kind == Kind::never) return flag(true);
  if (x.conditions.empty()) return flag(false);
  if (x.conditions.size() > 1) return {};
  Condition c = x.conditions[0];
  if (c.kind == Condition::Kind::at_least)
    c.distance = Dim(-1) - c.distance;
  else
    c.kind = c.kind == Condition::Kind::set ? Condition::Kind::unset : Condition::Kind::set;
  return flag(std::move(c));
}

bool is_flag(const IndexForm& f) { return f.kind == Kind::flag || f.kind == Kind::never; }

/// A flag as the number that a cast makes of it.
IndexForm as_number(const IndexForm& f) {
  if (f.kind == Kind::never) return number(0);
  if (f.kind == Kind::flag) return f.conditions.empty() ? number(1) : choice(f.conditions, 1, 0);
  if (f.kind == Kind::whole && f.whole.is_constant()) return number(static_cast<double>(f.whole.constant()));
  return f;
}

/// Whether the number is not zero.
IndexForm as_flag(const IndexForm& f) {
  if (is_flag(f)) return f;
  if (const auto x = constant_of(f)) return flag(*x != 0);
  if (f.kind == Kind::affine && f.b == 0 && f.a != 0) return flag(Condition{Condition::Kind::set, f.element, {}});
  if (f.kind != Kind::choice) return {};
  const bool yes = f.a != 0, no = f.b != 0;
  if (yes == no) return flag(yes);
  const IndexForm conditions = made(Kind::flag, f.conditions);
  return yes ? conditions : negated(conditions);
}

/// A constant of the type: of whole numbers a Dim.
IndexForm constant(double x, DType type) {
  const std::optional<double> element = held(x, type);
  if (!element) return {};
  return is_float(type) ? number(*element) : whole(Dim(static_cast<int64_t>(*element)));
}

IndexForm choice_of(const IndexForm& x, std::optional<double> yes, std::optional<double> no) {
  return yes && no ? choice(x.conditions, *yes, *no) : IndexForm{};
}

/// a * element + b in the type, whose zeros and sums with it are those of the formula: integers, which wrap around,
/// keep their zeros under factors of 1 and -1.
IndexForm affine(IndexForm x, double a, double b, DType type) {
  const std::optional<double> factor = held(a, type), rest = held(b, type);
  if (!factor || !rest || *factor == 0 || !std::isfinite(*factor) || !std::isfinite(*rest)) return {};
  if (!is_float(type) && (std::fabs(a) != 1 || !held(a + b, type))) return {};
  if (!resolves(type, b / a)) return {};
  x.a = *factor;
  x.b = *rest;
  return x;
}

/// Arithmetic of forms that depend on indices by one choice or one element, whose results have the type.
IndexForm combined(ops::BinaryKind kind, const IndexForm& x, const IndexForm& y, DType type) {
  const auto p = constant_of(x), q = constant_of(y);
  const auto with = [&](double a, double b) { return computed(kind, a, b, type); };
  if (p && q) {
    const std::optional<double> result = with(*p, *q);
    return result ? constant(*result, type) : IndexForm{};
  }
  if (x.kind == Kind::choice && q) return choice_of(x, with(x.a, *q), with(x.b, *q));
  if (y.kind == Kind::choice && p) return choice_of(y, with(*p, y.a), with(*p, y.b));
  const IndexForm& f = p ? y : x;
  if (f.kind != Kind::affine || (!p && !q)) return {};
  const double n = p ? *p : *q;
  switch (kind) {
    case ops::BinaryKind::add: return affine(f, f.a, f.b + n, type);
    case ops::BinaryKind::sub: return p ? affine(f, -f.a, n - f.b, type) : affine(f, f.a, f.b - n, type);
    case ops::BinaryKind::mul: return affine(f, f.a * n, f.b * n, type);
    case ops::BinaryKind::div: return p || !is_float(type) ? IndexForm{} : affine(f, f.a / n, f.b / n, type);
    default: return {};
  }
}

/// Where an operand of this shape, which broadcasts, is read for the result at `at`.
std::vector<Dim> within(const std::vector<Dim>& shape, const std::vector<Dim>& at) {
  std::vector<Dim> own(at.end() - static_cast<int64_t>(shape.size()), at.end());
  for (size_t d = 0; d < own.size(); ++d)
    if (shape[d] == Dim(1)) own[d] = Dim(0);
  return own;
}

}  // namespace

bool IndexForms::never_negative(Dim d) const {
  for (const auto& [symbol, size] : sizes_) {
    const auto parts = d.linear_in(symbol);
    if (!parts) return false;
    // At the end of the index's range where the expression is the smallest.
    if (parts->first.is_rising())
      d = parts->second;
    else if ((Dim(0) - parts->first).is_rising())
      d = parts->second + parts->first * (size - Dim(1));
    else
      return false;
  }
  return d.is_rising();
}

IndexForm IndexForms::whole_of(const Dim& d, DType type) const {
  if (d.is_constant()) return constant(static_cast<double>(d.constant()), type);
  const int64_t most = largest_factor(type);
  const auto is_small = [&](const Dim& factor) {
    const int64_t size = factor.evaluate([](std::string_view) { return int64_t{1}; });
    return size <= most && size >= -most;
  };
  Dim rest = d;
  for (const auto& [symbol, size] : sizes_) {
    const auto parts = rest.linear_in(symbol);
    if (!parts || !is_small(parts->first)) return {};
    rest = parts->second;
  }
  return most > 0 && is_small(rest) ? whole(d) : IndexForm{};
}

IndexForm IndexForms::sum_of_whole(ops::BinaryKind kind, const Dim& x, const Dim& y, DType type) const {
  if (x.is_constant() && y.is_constant()) return combined(kind, whole(x), whole(y), type);
  switch (kind) {
    case ops::BinaryKind::add: return whole_of(x + y, type);
    case ops::BinaryKind::sub: return whole_of(x - y, type);
    case ops::BinaryKind::mul: return whole_of(x * y, type);
    default: return {};
  }
}

void IndexForms::begin(ir::ValueId value, std::vector<Dim>& at) {
  sizes_.clear();
  left_ = kMostSteps;
  const std::vector<Dim>& shape = network_.value(value).type.shape;
  for (size_t d = 0; d < shape.size(); ++d) {
    at.push_back(shape[d] == Dim(1) ? Dim(0) : index(d));
    if (!(shape[d] == Dim(1))) sizes_[std::string(index(d).symbol_name())] = shape[d];
  }
}

IndexForm IndexForms::of(ir::ValueId value) {
  std::vector<Dim> at;
  begin(value, at);
  return form(value, at, 0);
}

std::vector<Element> IndexForms::moved(ir::ValueId value) {
  std::vector<Dim> at;
  begin(value, at);
  std::vector<Element> sources;
  for (int i = 0; i < kDeepest; ++i) {
    const ir::Node* node = network_.producer(value);
    if (!node) break;
    const std::optional<std::vector<Dim>> own = through(*node, at, 0);
    if (!own) break;
    at = *own;
    value = node->inputs[0];
    sources.push_back({value, at});
  }
  return sources;
}

IndexForm IndexForms::form(ir::ValueId value, std::vector<Dim> at, int depth) {
  if (depth > kDeepest || --left_ < 0) return {};
  const ir::Value& v = network_.value(value);
  if (v.constant) return of_constant(value, at);
  if (const ops::Elements known = network_.elements(value)) {
    const Dim place = at.empty() ? Dim(0) : at[0];
    const bool inside =
        place.is_constant() && place.constant() >= 0 && place.constant() < static_cast<int64_t>(known->size());
    const ops::Element one = inside ? (*known)[static_cast<size_t>(place.constant())] : std::nullopt;
    if (one && !has_numbers(*one) && !ops::is_saturated(*one)) return whole(*one);
  }
  const ir::Node* node = network_.producer(value);
  IndexForm f = node ? of_node(*node, at, depth) : IndexForm{};
  if (f.kind != Kind::unknown || is_float(v.type.dtype)) return f;
  // What is not looked into is an element of its own.
  if (v.type.dtype == DType::boolean) return flag(Condition{Condition::Kind::set, {value, std::move(at)}, {}});
  f = made(Kind::affine, {}, 1, 0);
  f.element = {value, std::move(at)};
  return f;
}

/// Numbers that are all equal, or rise by equal steps along the last dimension alone.
IndexForm IndexForms::of_constant(ir::ValueId value, const std::vector<Dim>& at) const {
  constexpr int64_t kMost = 1 << 16;
  const ir::Value& v = network_.value(value);
  Shape shape;
  for (const Dim& d : v.type.shape) shape.push_back(d.constant());
  const int64_t count = shape.count(), width = shape.rank() == 0 ? 1 : shape[-1];
  const DType type = v.type.dtype;
  if (count < 1 || count > kMost || bits_of(type) < 8 || (is_float(type) && bits_of(type) == 8)) return {};
  const HostTensor tensor{v.name, type, shape, v.constant->data};
  if (is_float(type)) {
    const HostTensor wide = converted(tensor, DType::f64);
    const std::span<const double> x = wide.as<double>();
    const bool equal = std::all_of(x.begin(), x.end(), [&](double e) { return e == x[0]; });
    return equal ? number(x[0]) : IndexForm{};
  }
  if (type == DType::u64) return {};
  const HostTensor wide = converted(tensor, DType::i64);
  const std::span<const int64_t> x = wide.as<int64_t>();
  // Differences of these are numbers, and dimensions hold them.
  constexpr int64_t kLargest = int64_t{1} << 53;
  if (std::any_of(x.begin(), x.end(), [](int64_t e) { return e > kLargest || e < -kLargest; })) return {};
  const int64_t step = width > 1 ? x[1] - x[0] : 0;
  for (size_t i = 0; i < x.size(); ++i)
    if (static_cast<int64_t>(i) % width == 0 ? x[i] != x[0] : x[i] - x[i - 1] != step) return {};
  if (type == DType::boolean) return step == 0 ? flag(x[0] != 0) : IndexForm{};
  return whole(step == 0 ? Dim(x[0]) : Dim(x[0]) + Dim(step) * at.back());
}

/// An operand that broadcasts against the node's result.
IndexForm IndexForms::operand(const ir::Node& node, size_t input, const std::vector<Dim>& at, int depth) {
  return form(node.inputs[input], within(network_.value(node.inputs[input]).type.shape, at), depth + 1);
}

IndexForm IndexForms::compared(const ir::Node& node, const IndexForm& x, const IndexForm& y) const {
  using ops::CompareKind;
  const CompareKind kind = node.op.as<ops::Compare>()->kind;
  if (x.kind == Kind::whole && y.kind == Kind::whole) {
    const auto holds = [&](const Dim& distance) {
      if (never_negative(distance)) return flag(true);
      if (never_negative(Dim(-1) - distance)) return flag(false);
      return at_least(distance);
    };
    switch (kind) {
      case CompareKind::less: return holds(y.whole - x.whole - Dim(1));
      case CompareKind::less_equal: return holds(y.whole - x.whole);
      case CompareKind::greater: return holds(x.whole - y.whole - Dim(1));
      case CompareKind::greater_equal: return holds(x.whole - y.whole);
      case CompareKind::equal:
      case CompareKind::not_equal:
        if (x.whole == y.whole) return flag(kind == CompareKind::equal);
        return {};
    }
  }
  // An element or a choice against zero.
  const bool equality = kind == CompareKind::equal || kind == CompareKind::not_equal;
  const auto p = constant_of(x), q = constant_of(y);
  if (!equality || p.has_value() == q.has_value() || (p ? *p : *q) != 0) return {};
  const IndexForm set = as_flag(p ? y : x);
  return set.kind == Kind::unknown || kind == CompareKind::not_equal ? set : negated(set);
}

IndexForm IndexForms::of_cast(const IndexForm& x, DType from, DType to) const {
  if (to == DType::boolean) return as_flag(x);
  const bool truncates = is_float(from) && !is_float(to);
  const auto cast = [&](double element) { return held(truncates ? std::trunc(element) : element, to); };
  const IndexForm f = is_flag(x) ? as_number(x) : x;
  switch (f.kind) {
    case Kind::whole: return whole_of(f.whole, to);
    case Kind::number: return constant(truncates ? std::trunc(f.a) : f.a, to);
    case Kind::choice: return choice_of(f, cast(f.a), cast(f.b));
    case Kind::affine:
      // Each integer has a float, zero alone that of zero; from floats they may be cut off, from wider ones wrap
      // around.
      return is_float(to) ? affine(f, f.a, f.b, to) : holds_all(to, from) ? f : IndexForm{};
    default: return {};
  }
}

IndexForm IndexForms::of_elementwise(const ir::Node& node, const std::vector<Dim>& at, int depth) {
  const DType type = network_.value(node.outputs[0]).type.dtype;
  if (const auto* unary = node.op.as<ops::Unary>()) {
    const IndexForm x = operand(node, 0, at, depth);
    if (unary->kind == ops::UnaryKind::not_ && is_flag(x)) return negated(x);
    if (unary->kind != ops::UnaryKind::neg) return {};
    return x.kind == Kind::whole ? whole_of(Dim(0) - x.whole, type)
                                 : combined(ops::BinaryKind::mul, x, number(-1), type);
  }
  if (node.op.is<ops::Cast>()) {
    const ir::Node* from = network_.producer(node.inputs[0]);
    const auto* product = from ? from->op.as<ops::Binary>() : nullptr;
    const bool whole = !is_float(network_.value(node.inputs[0]).type.dtype);
    if (product && product->kind == ops::BinaryKind::mul && type == DType::boolean && whole) {
      // A product of 0 and 1 is not zero where no factor is; larger ones may wrap around to it.
      const std::vector<Dim> own = within(network_.value(node.inputs[0]).type.shape, at);
      const IndexForm a = operand(*from, 0, own, depth + 1), b = operand(*from, 1, own, depth + 1);
      const IndexForm p = as_flag(a), q = as_flag(b);
      if (!constant_of(a) && !constant_of(b) && is_flag(p) && is_flag(q)) {
        IndexForm all = both(p, q);
        for (Condition& c : all.conditions) c.of_bits = true;
        return all;
      }
    }
    return of_cast(operand(node, 0, at, depth), network_.value(node.inputs[0]).type.dtype, type);
  }
  if (const auto* binary = node.op.as<ops::Binary>()) {
    const IndexForm x = operand(node, 0, at, depth), y = operand(node, 1, at, depth);
    if (is_flag(x) && is_flag(y)) {
      if (binary->kind == ops::BinaryKind::and_) return both(x, y);
      if (binary->kind != ops::BinaryKind::or_) return {};
      const IndexForm no_x = negated(x), no_y = negated(y);
      return is_flag(no_x) && is_flag(no_y) ? negated(both(no_x, no_y)) : IndexForm{};
    }
    if (x.kind == Kind::whole && y.kind == Kind::whole) return sum_of_whole(binary->kind, x.whole, y.whole, type);
    return combined(binary->kind, x, y, type);
  }
  if (node.op.is<ops::Compare>()) {
    // |q - k| <= w, as q - k <= w and k - q <= w.
    const ir::Node* left = network_.producer(node.inputs[0]);
    const auto* absolute = left ? left->op.as<ops::Unary>() : nullptr;
    const auto kind = node.op.as<ops::Compare>()->kind;
    const IndexForm y = operand(node, 1, at, depth);
    const bool below = kind == ops::CompareKind::less || kind == ops::CompareKind::less_equal;
    if (absolute && absolute->kind == ops::UnaryKind::abs && below) {
      const std::vector<Dim> own = within(network_.value(node.inputs[0]).type.shape, at);
      const IndexForm x = form(left->inputs[0], own, depth + 1);
      if (x.kind == Kind::whole) return both(compared(node, x, y), compared(node, whole(Dim(0) - x.whole), y));
    }
    return compared(node, operand(node, 0, at, depth), y);
  }
  return chosen(node, at, depth);
}

IndexForm IndexForms::chosen(const ir::Node& node, const std::vector<Dim>& at, int depth) {
  // Several conditions have no negation of this form: what is chosen where one does not hold changes places.
  const ir::Node* outer = network_.producer(node.inputs[0]);
  const auto* negation = outer ? outer->op.as<ops::Unary>() : nullptr;
  const bool swapped = negation && negation->kind == ops::UnaryKind::not_;
  const std::vector<Dim> own = within(network_.value(node.inputs[0]).type.shape, at);
  const IndexForm condition = form(swapped ? outer->inputs[0] : node.inputs[0], own, depth + 1);
  const size_t first = swapped ? 2 : 1, second = swapped ? 1 : 2;
  if (!is_flag(condition)) return {};
  if (condition.kind == Kind::never) return operand(node, second, at, depth);
  const IndexForm yes = operand(node, first, at, depth);
  if (condition.conditions.empty()) return yes;
  const IndexForm no = operand(node, second, at, depth);
  if (is_flag(yes) && is_flag(no)) {
    if (no.kind == Kind::never) return both(condition, yes);
    return {};
  }
  const auto p = constant_of(yes), q = constant_of(no);
  if (p && q) return choice(condition.conditions, *p, *q);
  // Of one choice within another that gives the same where either fails.
  if (yes.kind == Kind::choice && q && yes.b == *q) {
    std::vector<Condition> all = condition.conditions;
    all.insert(all.end(), yes.conditions.begin(), yes.conditions.end());
    return choice(std::move(all), yes.a, yes.b);
  }
  return {};
}

std::optional<std::vector<Dim>> IndexForms::through_gather(const ir::Node& node, const std::vector<Dim>& at,
                                                           int depth) {
  const auto* op = node.op.as<ops::Gather>();
  const std::vector<Dim>&data = network_.value(node.inputs[0]).type.shape,
        &ids = network_.value(node.inputs[1]).type.shape;
  const auto axis = op->axis < 0 ? op->axis + static_cast<int64_t>(data.size()) : op->axis;
  const auto middle = at.begin() + axis, rest = middle + static_cast<int64_t>(ids.size());
  const IndexForm id = form(node.inputs[1], {middle, rest}, depth + 1);
  // A place that is never negative is no place from the end.
  if (id.kind != Kind::whole || (op->from_end && !never_negative(id.whole))) return std::nullopt;
  std::vector<Dim> own(at.begin(), middle);
  own.push_back(id.whole);
  own.insert(own.end(), rest, at.end());
  return own;
}

/// Without batch dimensions: the last dimension of the indices says where in the first dimensions of the data.
IndexForm IndexForms::of_gather_nd(const ir::Node& node, const std::vector<Dim>& at, int depth) {
  const std::vector<Dim>& ids = network_.value(node.inputs[1]).type.shape;
  if (node.op.as<ops::GatherNd>()->batch_dims != 0 || !ids.back().is_constant()) return {};
  const auto rest = at.begin() + static_cast<int64_t>(ids.size()) - 1;
  std::vector<Dim> own;
  for (int64_t i = 0; i < ids.back().constant(); ++i) {
    std::vector<Dim> place(at.begin(), rest);
    place.emplace_back(i);
    const IndexForm id = form(node.inputs[1], std::move(place), depth + 1);
    if (id.kind != Kind::whole || !never_negative(id.whole)) return {};
    own.push_back(id.whole);
  }
  own.insert(own.end(), rest, at.end());
  return form(node.inputs[0], std::move(own), depth + 1);
}

IndexForm IndexForms::of_concat(const ir::Node& node, const std::vector<Dim>& at, int depth) {
  const std::vector<Dim>& shape = network_.value(node.inputs[0]).type.shape;
  int64_t axis = node.op.as<ops::Concat>()->axis;
  if (axis < 0) axis += static_cast<int64_t>(shape.size());
  std::vector<Dim> own = at;
  Dim& place = own[static_cast<size_t>(axis)];
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Dim size = network_.value(node.inputs[i]).type.shape[static_cast<size_t>(axis)];
    if (never_negative(size - Dim(1) - place)) return form(node.inputs[i], own, depth + 1);
    if (!never_negative(place - size)) return {};
    place = place - size;
  }
  return {};
}

std::vector<Dim> IndexForms::through_slice(const ir::Node& node, const std::vector<Dim>& at) const {
  const auto* slice = node.op.as<ops::Slice>();
  std::vector<Dim> own;
  for (size_t d = 0; d < at.size(); ++d)
    own.push_back(slice->start[d] + Dim(slice->stride.empty() ? 1 : slice->stride[d]) * at[d]);
  return own;
}

std::optional<std::vector<Dim>> IndexForms::through(const ir::Node& node, const std::vector<Dim>& at, int depth) {
  if (node.op.is<ops::Transpose>()) return through_transpose(node, at);
  if (node.op.is<ops::Slice>()) return through_slice(node, at);
  if (node.op.is<ops::Gather>()) return through_gather(node, at, depth);
  if (!node.op.is<ops::Reshape>()) return std::nullopt;
  return through_reshape(network_.value(node.inputs[0]).type.shape, network_.value(node.outputs[0]).type.shape, at);
}

std::vector<Dim> IndexForms::through_transpose(const ir::Node& node, const std::vector<Dim>& at) const {
  const std::vector<int64_t>& perm = node.op.as<ops::Transpose>()->perm;
  std::vector<Dim> own(at.size());
  for (size_t d = 0; d < at.size(); ++d)
    own[static_cast<size_t>(perm[d] < 0 ? perm[d] + static_cast<int64_t>(at.size()) : perm[d])] = at[d];
  return own;
}

std::optional<std::pair<Dim, Dim>> IndexForms::divided(const Dim& place, const Dim& n) const {
  Dim quotient(0), rest = place;
  for (const auto& [symbol, size] : sizes_) {
    const auto parts = rest.linear_in(symbol);
    if (!parts) return std::nullopt;
    const Dim times = Dim::floordiv(parts->first, n);
    if (!(times * n == parts->first)) continue;
    quotient = quotient + times * Dim::symbol(symbol);
    rest = parts->second;
  }
  if (!never_negative(rest) || !never_negative(n - Dim(1) - rest)) return std::nullopt;
  return std::pair(quotient, rest);
}

/// Indices of a tensor of shape `from` whose reshaped form `to` is read at `at`.
std::optional<std::vector<Dim>> IndexForms::through_reshape(const std::vector<Dim>& from, const std::vector<Dim>& to,
                                                            const std::vector<Dim>& at) const {
  std::vector<Dim> own;
  size_t j = 0;
  for (size_t i = 0; i < from.size();) {
    if (from[i] == Dim(1)) {
      own.emplace_back(0);
      ++i;
      continue;
    }
    while (j < to.size() && to[j] == Dim(1)) ++j;
    if (j == to.size()) return std::nullopt;
    if (from[i] == to[j]) {
      own.push_back(at[j++]);
      ++i;
      continue;
    }
    // Several dimensions that were one: to[j] * to[j + 1] * .. == from[i].
    Dim product = to[j], place = at[j];
    size_t k = j + 1;
    for (; k < to.size() && !(product == from[i]); ++k) {
      place = place * to[k] + at[k];
      product = product * to[k];
    }
    if (product == from[i]) {
      own.push_back(place);
      j = k;
      ++i;
      continue;
    }
    // One that was several: ((row * n + column) * m + ..).
    Dim count = from[i];
    size_t end = i + 1;
    for (; end < from.size() && !(count == to[j]); ++end) count = count * from[end];
    if (!(count == to[j])) return std::nullopt;
    std::vector<Dim> parts;
    Dim rest = at[j];
    for (size_t d = end; d-- > i + 1;) {
      const auto cut = divided(rest, from[d]);
      if (!cut) return std::nullopt;
      parts.insert(parts.begin(), cut->second);
      rest = cut->first;
    }
    own.push_back(rest);
    own.insert(own.end(), parts.begin(), parts.end());
    i = end;
    ++j;
  }
  return own;
}

IndexForm IndexForms::of_node(const ir::Node& node, const std::vector<Dim>& at, int depth) {
  const ops::Op& op = node.op;
  if (const auto* range = op.as<ops::Range>()) return whole_of(range->start + Dim(range->step) * at[0], range->dtype);
  if (const auto* fill = op.as<ops::Fill>()) {
    if (fill->step != 0) return {};
    return fill->dtype == DType::boolean ? flag(fill->start != 0) : constant(fill->start, fill->dtype);
  }
  if (op.is<ops::Unary>() || op.is<ops::Binary>() || op.is<ops::Cast>() || op.is<ops::Compare>() || op.is<ops::Where>())
    return of_elementwise(node, at, depth);
  if (op.is<ops::Expand>()) return operand(node, 0, at, depth);
  if (op.is<ops::GatherNd>()) return of_gather_nd(node, at, depth);
  if (op.is<ops::Concat>()) return of_concat(node, at, depth);
  if (const auto own = through(node, at, depth)) return form(node.inputs[0], *own, depth + 1);
  return {};
}

}  // namespace lathe::passes
