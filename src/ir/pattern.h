#pragma once
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "ir/network.h"
#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/unary.h"

namespace lathe::ir {

/// What a pattern found. Meeting it twice in one pattern demands the same value both times.
struct Found {
  ValueId id = kNone;
  operator ValueId() const { return id; }  // NOLINT(google-explicit-constructor): stands for the value
};
struct FoundNumber {
  double value = 0;
  bool bound = false;
};

class Matcher;
/// Whether a value is computed in a certain way. Patterns are put together from the functions below, so that a pass
/// reads like the formula it looks for:
///
///   Found x, b;
///   Pattern biased = add(op<ops::MatMul>({bind(x), constant()}), bind(b));
using Pattern = std::function<bool(Matcher&, ValueId)>;

/// Tries patterns on the values of a network. Commuted operands and alternatives are tried in turn, each on what was
/// found before it; once an operand fits, its own alternatives are not tried again: the more telling operand comes
/// first.
class Matcher {
 public:
  explicit Matcher(const Network& network) : network_(network) {}
  /// Whether `root` is computed as the pattern says, and no value inside is an output or read from outside, so that
  /// the matched nodes may be replaced as a whole. What patterns found holds until the next call.
  bool match(const Pattern& pattern, ValueId root);
  /// The nodes of the match, each once, the one that makes the root among them.
  const std::vector<NodeId>& nodes() const { return nodes_; }
  const Network& network() const { return network_; }

  /// For patterns: applies one, and forgets what it found when it fails.
  bool attempt(const Pattern& pattern, ValueId value);
  bool bind(Found& found, ValueId value);
  bool bind(FoundNumber& found, double value);
  /// Gives `number` a value that it keeps only where what is tried comes to match.
  void set(double& number, double value);
  void enter(NodeId node) { nodes_.push_back(node); }
  void leave(size_t count) { nodes_.resize(count); }

 private:
  struct Mark {
    size_t values, numbers, changes, nodes;
  };
  struct Change {
    double* number;
    double before;
  };
  Mark mark() const { return {values_.size(), numbers_.size(), changes_.size(), nodes_.size()}; }
  void undo(const Mark& to);

  const Network& network_;
  std::vector<Found*> values_;
  std::vector<FoundNumber*> numbers_;
  std::vector<Change> changes_;
  std::vector<NodeId> nodes_;
};

/// The number that a constant of one element holds.
std::optional<double> number_of(const Network& network, ValueId value);
/// Whether two numbers agree as well as single precision tells them apart.
bool nearly(double a, double b);

namespace pattern {

Pattern any();
Pattern bind(Found& found, Pattern of = any());
Pattern constant(Pattern of = any());
Pattern number(double expected);
Pattern number(FoundNumber& found);
/// The value has one reader and is no output: prunes alternatives where operands commute.
Pattern once(Pattern of);
/// Nodes matched by `of` may have readers outside the match: they stay.
Pattern shared(Pattern of);
Pattern either(std::vector<Pattern> alternatives);

/// A node of this op whose attributes pass `test(attributes, type of its first input)`, on inputs in this order.
template <class T>
Pattern op(std::vector<Pattern> inputs, std::function<bool(const T&, const ops::TensorType&)> test = {}) {
  return [inputs = std::move(inputs), test = std::move(test)](Matcher& m, ValueId value) {
    const Node* node = m.network().producer(value);
    const T* attributes = node ? node->op.as<T>() : nullptr;
    if (!attributes || node->inputs.size() != inputs.size()) return false;
    if (test && !test(*attributes, m.network().value(node->inputs.at(0)).type)) return false;
    m.enter(m.network().value(value).producer);
    for (size_t i = 0; i < inputs.size(); ++i)
      if (!inputs[i](m, node->inputs[i])) return false;
    return true;
  };
}

/// Operands of add, mul, min and max match in either order.
Pattern binary(ops::BinaryKind kind, Pattern a, Pattern b);
inline Pattern add(Pattern a, Pattern b) { return binary(ops::BinaryKind::add, std::move(a), std::move(b)); }
inline Pattern sub(Pattern a, Pattern b) { return binary(ops::BinaryKind::sub, std::move(a), std::move(b)); }
Pattern unary(ops::UnaryKind kind, Pattern of);
Pattern activation(Activation kind, Pattern of);
/// The mean over the last axis, which stays with size 1.
Pattern mean_last(Pattern of);

/// A factor of a product, or of its denominator.
struct Factor {
  Pattern pattern;
  bool inverse = false;
  Factor(Pattern p) : pattern(std::move(p)) {}  // NOLINT(google-explicit-constructor)
};
Factor over(Pattern of);
/// scale * product of the factors, however it is spelt: factors in any order and association, constants anywhere,
/// division, recip, neg, and pow by 2 and 3. More selective factors come first.
Pattern product(double scale, std::vector<Factor> factors);

}  // namespace pattern
}  // namespace lathe::ir
