#include "ir/pattern.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/half.h"
#include "ops/reduce.h"

namespace lathe::ir {
namespace {
template <class T>
double first(const Blob& data) {
  T value;
  std::memcpy(&value, data.data, sizeof(T));
  return static_cast<double>(value);
}
}  // namespace

std::optional<double> number_of(const Network& network, ValueId id) {
  const Value& value = network.value(id);
  if (!value.constant || value.constant->data.size != size_of(value.type.dtype)) return std::nullopt;
  const Blob& data = value.constant->data;
  switch (value.type.dtype) {
    case DType::f64: return first<double>(data);
    case DType::f32: return first<float>(data);
    case DType::f16: return static_cast<double>(f16_to_f32(static_cast<uint16_t>(first<uint16_t>(data))));
    case DType::bf16: return static_cast<double>(bf16_to_f32(static_cast<uint16_t>(first<uint16_t>(data))));
    case DType::i64: return first<int64_t>(data);
    case DType::i32: return first<int32_t>(data);
    default: return std::nullopt;
  }
}

bool nearly(double a, double b) {
  return std::isfinite(a) && std::isfinite(b) && std::fabs(a - b) <= 1e-5 * std::max(std::fabs(a), std::fabs(b));
}

bool Matcher::match(const Pattern& pattern, ValueId root) {
  undo({0, 0, 0, 0});
  const Node* maker = network_.producer(root);
  if (maker && !maker->alive) return false;
  if (!pattern(*this, root)) return false;
  std::sort(nodes_.begin(), nodes_.end());
  nodes_.erase(std::unique(nodes_.begin(), nodes_.end()), nodes_.end());
  for (NodeId n : nodes_)
    for (ValueId inner : network_.node(n).outputs) {
      if (inner == root) continue;
      if (network_.is_output(inner)) return false;
      for (NodeId user : network_.users(inner))
        if (!std::binary_search(nodes_.begin(), nodes_.end(), user)) return false;
    }
  return true;
}

bool Matcher::attempt(const Pattern& pattern, ValueId value) {
  Mark before = mark();
  if (pattern(*this, value)) return true;
  undo(before);
  return false;
}

bool Matcher::bind(Found& found, ValueId value) {
  if (found.id != kNone) return found.id == value;
  found.id = value;
  values_.push_back(&found);
  return true;
}

bool Matcher::bind(FoundNumber& found, double value) {
  if (found.bound) return nearly(found.value, value);
  found = {value, true};
  numbers_.push_back(&found);
  return true;
}

void Matcher::set(double& number, double value) {
  changes_.push_back({&number, number});
  number = value;
}

void Matcher::undo(const Mark& to) {
  for (; values_.size() > to.values; values_.pop_back()) values_.back()->id = kNone;
  for (; numbers_.size() > to.numbers; numbers_.pop_back()) numbers_.back()->bound = false;
  for (; changes_.size() > to.changes; changes_.pop_back()) *changes_.back().number = changes_.back().before;
  nodes_.resize(to.nodes);
}

namespace pattern {

Pattern any() {
  return [](Matcher&, ValueId) { return true; };
}

Pattern bind(Found& found, Pattern of) {
  return [&found, of = std::move(of)](Matcher& m, ValueId v) { return m.bind(found, v) && of(m, v); };
}

Pattern constant(Pattern of) {
  return [of = std::move(of)](Matcher& m, ValueId v) { return m.network().is_constant(v) && of(m, v); };
}

Pattern number(double expected) {
  return [expected](Matcher& m, ValueId v) {
    auto found = number_of(m.network(), v);
    return found && nearly(*found, expected);
  };
}

Pattern number(FoundNumber& number) {
  return [&number](Matcher& m, ValueId v) {
    auto found = number_of(m.network(), v);
    return found && m.bind(number, *found);
  };
}

Pattern once(Pattern of) {
  return [of = std::move(of)](Matcher& m, ValueId v) { return m.network().used_once(v) && of(m, v); };
}

Pattern shared(Pattern of) {
  return [of = std::move(of)](Matcher& m, ValueId v) {
    size_t before = m.nodes().size();
    bool matched = of(m, v);
    m.leave(before);
    return matched;
  };
}

Pattern either(std::vector<Pattern> alternatives) {
  return [alternatives = std::move(alternatives)](Matcher& m, ValueId v) {
    return std::any_of(alternatives.begin(), alternatives.end(), [&](const Pattern& p) { return m.attempt(p, v); });
  };
}

Pattern binary(ops::BinaryKind kind, Pattern a, Pattern b) {
  using ops::BinaryKind;
  bool commutes =
      kind == BinaryKind::add || kind == BinaryKind::mul || kind == BinaryKind::min || kind == BinaryKind::max;
  auto test = [kind](const ops::Binary& op, const ops::TensorType&) { return op.kind == kind; };
  Pattern straight = op<ops::Binary>({a, b}, test);
  return commutes ? either({straight, op<ops::Binary>({b, a}, test)}) : straight;
}

Pattern unary(ops::UnaryKind kind, Pattern of) {
  return op<ops::Unary>({std::move(of)}, [kind](const ops::Unary& op, const auto&) { return op.kind == kind; });
}

Pattern activation(Activation kind, Pattern of) {
  return op<ops::Act>({std::move(of)},
                      [kind](const ops::Act& op, const auto&) { return op.kind == ops::Act(kind).kind; });
}

Pattern mean_last(Pattern of) {
  return op<ops::Reduce>({std::move(of)}, [](const ops::Reduce& op, const ops::TensorType& in) {
    return op.kind == ops::ReduceKind::mean && op.keep_dims && op.axes.size() == 1 &&
           (op.axes[0] == -1 || op.axes[0] == in.rank() - 1);
  });
}

Factor over(Pattern of) {
  Factor factor(std::move(of));
  factor.inverse = true;
  return factor;
}

namespace {

/// A value taken apart into scale * numerators / denominators.
struct Parts {
  struct Part {
    ValueId value;
    bool inverse;
  };
  double scale = 1;
  std::vector<Part> parts;

  static constexpr int kMostSteps = 32;
  int steps = 0;

  void number(double n, bool inverse) { scale = inverse ? scale / n : scale * n; }

  void take(Matcher& m, ValueId v, bool inverse, bool root) {
    const Network& network = m.network();
    if (auto n = number_of(network, v)) return number(*n, inverse);
    const Node* node = network.producer(v);
    if (++steps > kMostSteps || !node || !(root || network.used_once(v))) return parts.push_back({v, inverse});
    NodeId id = network.value(v).producer;
    const auto* unary = node->op.as<ops::Unary>();
    const auto* binary = node->op.as<ops::Binary>();
    if (unary && (unary->kind == ops::UnaryKind::neg || unary->kind == ops::UnaryKind::recip)) {
      m.enter(id);
      bool flip = unary->kind == ops::UnaryKind::recip;
      if (!flip) scale = -scale;
      return take(m, node->inputs[0], inverse != flip, false);
    }
    if (binary && (binary->kind == ops::BinaryKind::mul || binary->kind == ops::BinaryKind::div)) {
      m.enter(id);
      take(m, node->inputs[0], inverse, false);
      return take(m, node->inputs[1], inverse != (binary->kind == ops::BinaryKind::div), false);
    }
    auto power = binary && binary->kind == ops::BinaryKind::pow ? number_of(network, node->inputs[1]) : std::nullopt;
    if (power && (*power == 2 || *power == 3)) {
      m.enter(id);
      for (int i = 0; i < static_cast<int>(*power); ++i) parts.push_back({node->inputs[0], inverse});
      return;
    }
    parts.push_back({v, inverse});
  }

  /// Gives each pattern from `next` on a part of its own.
  bool assign(Matcher& m, const std::vector<Factor>& factors, size_t next, std::vector<bool>& taken) const {
    if (next == factors.size()) return true;
    Pattern rest = [&](Matcher&, ValueId) { return assign(m, factors, next + 1, taken); };
    for (size_t i = 0; i < parts.size(); ++i) {
      if (taken[i] || parts[i].inverse != factors[next].inverse) continue;
      taken[i] = true;
      const Pattern& own = factors[next].pattern;
      if (m.attempt([&](Matcher& mm, ValueId v) { return own(mm, v) && rest(mm, v); }, parts[i].value)) return true;
      taken[i] = false;
    }
    return false;
  }
};

}  // namespace

Pattern product(double scale, std::vector<Factor> factors) {
  return [scale, factors = std::move(factors)](Matcher& m, ValueId v) {
    return m.attempt(
        [&](Matcher&, ValueId) {
          Parts found;
          found.take(m, v, false, true);
          if (found.parts.size() != factors.size() || !nearly(found.scale, scale)) return false;
          std::vector<bool> taken(factors.size());
          return found.assign(m, factors, 0, taken);
        },
        v);
  };
}

}  // namespace pattern
}  // namespace lathe::ir
