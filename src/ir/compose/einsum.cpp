// Each term is brought to the axes (batch, own, summed), then multiplied as matrices.
#include "ir/compose/einsum.h"

#include <algorithm>
#include <map>
#include <string>

#include "ops/matmul.h"
#include "ops/slice.h"

namespace lathe::ir {
namespace {

using ops::ReduceKind;

struct Equation {
  std::vector<std::string> terms;
  std::string result;
};

/// Letters of the dimensions that an ellipsis stands for: they are no letters of an equation.
constexpr char kEllipsis = '\1';

/// "...ij" with the ellipsis written out for this rank.
std::string written_out(Composer& n, const std::string& term, int64_t rank, int64_t& broadcast) {
  const size_t at = term.find("...");
  if (at == std::string::npos) {
    if (static_cast<int64_t>(term.size()) != rank) n.corrupt("a term of its equation has another number of dimensions");
    return term;
  }
  const int64_t count = rank - static_cast<int64_t>(term.size() - 3);
  if (count < 0 || count > Shape::kMaxRank) n.corrupt("a term of its equation has more dimensions than the input");
  broadcast = std::max(broadcast, count);
  std::string letters;
  for (int64_t i = 0; i < count; ++i) letters += static_cast<char>(kEllipsis + (Shape::kMaxRank - count) + i);
  return term.substr(0, at) + letters + term.substr(at + 3);
}

Equation parse(Composer& n, std::string_view given, const std::vector<ValueId>& inputs) {
  std::string text;
  for (char c : given)
    if (c != ' ') text += c;
  Equation equation;
  const size_t arrow = text.find("->");
  const std::string left = text.substr(0, arrow);
  size_t start = 0;
  int64_t broadcast = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const size_t comma = left.find(',', start);
    if (start > left.size()) n.corrupt("its equation has fewer terms than it has inputs");
    equation.terms.push_back(written_out(n, left.substr(start, comma - start), n.rank(inputs[i]), broadcast));
    start = comma == std::string::npos ? left.size() + 1 : comma + 1;
  }
  if (start <= left.size()) n.corrupt("its equation has more terms than it has inputs");
  std::string ellipsis;
  for (int64_t i = Shape::kMaxRank - broadcast; i < Shape::kMaxRank; ++i) ellipsis += static_cast<char>(kEllipsis + i);
  if (arrow != std::string::npos) {
    std::string result = text.substr(arrow + 2);
    if (const size_t at = result.find("..."); at != std::string::npos) result.replace(at, 3, ellipsis);
    equation.result = result;
    return equation;
  }
  // Without a result: letters that stand once, in their order.
  std::map<char, int> count;
  for (const std::string& term : equation.terms)
    for (char c : term) ++count[c];
  equation.result = ellipsis;
  for (const auto& [c, times] : count)
    if (c > kEllipsis + Shape::kMaxRank && times == 1) equation.result += c;
  return equation;
}

struct Operand {
  ValueId value;
  std::string axes;
};

bool has(const std::string& axes, char c) { return axes.find(c) != std::string::npos; }

/// A letter that stands twice in one term: the diagonal, as the sum over the product with the unit matrix.
Operand without_repeats(Composer& n, Operand x);

/// The sum over letters that stand nowhere else.
Operand summed(Composer& n, Operand x, const std::string& needed) {
  std::vector<int64_t> axes;
  std::string rest;
  for (size_t i = 0; i < x.axes.size(); ++i) {
    if (has(needed, x.axes[i]))
      rest += x.axes[i];
    else
      axes.push_back(static_cast<int64_t>(i));
  }
  if (axes.empty()) return x;
  return {n.reduce(ReduceKind::sum, x.value, axes, false), rest};
}

Operand ordered(Composer& n, const Operand& x, const std::string& axes) {
  std::vector<int64_t> perm;
  for (char c : axes) perm.push_back(static_cast<int64_t>(x.axes.find(c)));
  return {n.transpose(x.value, perm), axes};
}

Dim size_of_axis(Composer& n, const Operand& x, char c) { return n.dim(x.value, static_cast<int64_t>(x.axes.find(c))); }

Dim count_of_axes(Composer& n, const Operand& x, const std::string& axes) {
  Dim count(1);
  for (char c : axes) count = count * size_of_axis(n, x, c);
  return count;
}

/// One product of matrices for all pairs: batch letters are in both and stay, inner ones are in both and go.
Operand multiplied(Composer& n, const Operand& a, const Operand& b, const std::string& needed) {
  std::string batch, left, right, inner;
  for (char c : a.axes) {
    if (!has(b.axes, c))
      left += c;
    else
      (has(needed, c) ? batch : inner) += c;
  }
  for (char c : b.axes)
    if (!has(a.axes, c)) right += c;
  std::vector<Dim> shape_a, shape_b, shape;
  for (char c : batch) {
    const Dim in_a = size_of_axis(n, a, c), in_b = size_of_axis(n, b, c);
    shape_a.push_back(in_a);
    shape_b.push_back(in_b);
    shape.push_back(in_a == Dim(1) ? in_b : in_a);
  }
  const Dim m = count_of_axes(n, a, left), k = count_of_axes(n, a, inner), cols = count_of_axes(n, b, right);
  shape_a.insert(shape_a.end(), {m, k});
  shape_b.insert(shape_b.end(), {count_of_axes(n, b, inner), cols});
  for (char c : left) shape.push_back(size_of_axis(n, a, c));
  for (char c : right) shape.push_back(size_of_axis(n, b, c));
  const ValueId x = n.reshape(ordered(n, a, batch + left + inner).value, shape_a);
  const ValueId y = n.reshape(ordered(n, b, batch + inner + right).value, shape_b);
  return {n.reshape(n.add(ops::MatMul{}, {x, y}), shape), batch + left + right};
}

Operand without_repeats(Composer& n, Operand x) {
  for (size_t i = 0; i < x.axes.size(); ++i) {
    const size_t j = x.axes.find(x.axes[i], i + 1);
    if (j == std::string::npos) continue;
    // With both axes last and joined, the diagonal lies at every (size + 1)-th place.
    std::string others;
    std::vector<int64_t> perm;
    for (size_t d = 0; d < x.axes.size(); ++d)
      if (d != i && d != j) {
        others += x.axes[d];
        perm.push_back(static_cast<int64_t>(d));
      }
    perm.push_back(static_cast<int64_t>(i));
    perm.push_back(static_cast<int64_t>(j));
    const Dim size = n.dim(x.value, static_cast<int64_t>(i));
    if (!size.is_constant()) n.refuse("a diagonal of unknown size is not done", "fix the size");
    const ValueId moved = n.transpose(x.value, perm);
    std::vector<Dim> shape(n.shape(moved).begin(), n.shape(moved).end() - 2);
    shape.push_back(size * size);
    ops::Slice diagonal{std::vector<Dim>(shape.size(), Dim(0)), shape, std::vector<int64_t>(shape.size(), 1)};
    diagonal.size.back() = size;
    diagonal.stride.back() = size.constant() + 1;
    x = {n.add(diagonal, {n.reshape(moved, shape)}), others + x.axes[i]};
    return without_repeats(n, std::move(x));
  }
  return x;
}

}  // namespace

ValueId einsum(Composer& n, std::string_view text, const std::vector<ValueId>& inputs) {
  const Equation equation = parse(n, text, inputs);
  Operand result{kNone, {}};
  for (size_t i = 0; i < equation.terms.size(); ++i) {
    std::string needed = equation.result;
    for (size_t j = i + 1; j < equation.terms.size(); ++j) needed += equation.terms[j];
    Operand next = without_repeats(n, {inputs[i], equation.terms[i]});
    next = summed(n, next, needed + (i > 0 ? result.axes : std::string()));
    result = i == 0 ? next : multiplied(n, result, next, needed);
    result = summed(n, result, needed);
  }
  for (char c : equation.result) {
    if (!has(result.axes, c)) n.corrupt("its equation has a result that no term has");
    if (std::count(equation.result.begin(), equation.result.end(), c) > 1)
      n.corrupt("its equation names a dimension of the result twice");
  }
  return ordered(n, result, equation.result).value;
}

}  // namespace lathe::ir
