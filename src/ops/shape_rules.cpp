#include "ops/shape_rules.h"

#include <algorithm>

#include "base/dtype.h"
#include "base/error.h"
#include "base/number.h"

namespace lathe::ops {

int normalize_axis(std::string_view op, const Types& inputs, int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) reject(op, inputs, fmt::format("axis {} is outside rank {}", axis, rank));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

void check_count(std::string_view op, const Types& inputs, size_t low, size_t high) {
  if (inputs.size() < low || inputs.size() > high)
    reject(op, inputs,
           low == high ? fmt::format("takes {} inputs, not {}", low, inputs.size())
                       : fmt::format("takes {} to {} inputs, not {}", low, high, inputs.size()));
}

void check_float(std::string_view op, const Types& inputs, size_t index) {
  if (!is_float(inputs[index].dtype)) reject(op, inputs, fmt::format("input {} must be floating point", index));
}

bool is_whole(DType type) { return !is_float(type) && type != DType::boolean; }

namespace {
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_in_symbols(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
}  // namespace

bool is_symbol(std::string_view text) {
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), is_in_symbols);
}

std::string symbol_from(std::string_view text) {
  std::string symbol(text);
  std::replace_if(
      symbol.begin(), symbol.end(), [](char c) { return !is_in_symbols(c); }, '_');
  return is_symbol(symbol) ? symbol : "d" + symbol;
}

void check_symbol(std::string_view op, const Types& inputs, std::string_view symbol) {
  // "batch*seq" would read as a product of other symbols.
  if (!is_symbol(symbol)) reject(op, inputs, "the symbol must be a name: letters, digits, underscores");
}

void check_index_type(std::string_view op, const Types& inputs, size_t index) {
  if (inputs[index].dtype != DType::i32 && inputs[index].dtype != DType::i64)
    reject(op, inputs, fmt::format("input {} must be i32 or i64", index));
}

void check_along_axis(std::string_view op, const Types& inputs, int64_t axis) {
  check_index_type(op, inputs, 1);
  const auto along = static_cast<size_t>(normalize_axis(op, inputs, axis, inputs[0].rank()));
  if (inputs[0].rank() != inputs[1].rank()) reject(op, inputs, "data and indices need one rank");
  for (size_t d = 0; d < inputs[0].shape.size(); ++d)
    if (d != along && (inputs[1].shape[d] - inputs[0].shape[d] - Dim(1)).is_rising())
      reject(op, inputs, fmt::format("indices are larger than data along dimension {}", d));
}

size_t check_coordinates(std::string_view op, const Types& inputs, size_t batch) {
  check_index_type(op, inputs, 1);
  if (inputs[1].rank() == 0) reject(op, inputs, "indices need a dimension of coordinates");
  const Dim& m = inputs[1].shape.back();
  if (!m.is_constant() || m.constant() < 0) reject(op, inputs, "the number of coordinates must be a constant");
  if (m.constant() > inputs[0].rank() - static_cast<int64_t>(batch))
    reject(op, inputs, fmt::format("{} coordinates are more than data has dimensions for", m.constant()));
  return static_cast<size_t>(m.constant());
}

bool never_equal(const Dim& a, const Dim& b) {
  // Sizes are not negative: n + 1 is never n.
  if ((a - b - Dim(1)).is_rising() || (b - a - Dim(1)).is_rising()) return true;
  const auto at_one = [](const Dim& d) { return d.evaluate([](std::string_view) -> int64_t { return 1; }); };
  const int64_t x = at_one(a), y = at_one(b);
  return x != 0 && y != 0 && x != y && a * Dim(y) == b * Dim(x);  // multiples of one expression
}

void need_equal(std::string_view op, const Types& inputs, const Dim& a, const Dim& b, std::string_view reason,
                Equalities& needed) {
  if (a == b) return;
  if (never_equal(a, b)) reject(op, inputs, reason);
  if (std::find(needed.begin(), needed.end(), Equality{a, b}) == needed.end()) needed.push_back({a, b});
}

std::vector<Dim> broadcast(std::string_view op, const Types& inputs, const std::vector<Dim>& a,
                           const std::vector<Dim>& b, Equalities& needed) {
  size_t rank = std::max(a.size(), b.size());
  std::vector<Dim> out(rank);
  for (size_t i = 0; i < rank; ++i) {
    Dim x = i + a.size() < rank ? Dim(1) : a[i + a.size() - rank];
    Dim y = i + b.size() < rank ? Dim(1) : b[i + b.size() - rank];
    const bool one = x == Dim(1) || y == Dim(1);
    if (!one)
      need_equal(op, inputs, x, y, fmt::format("dimensions {} and {} do not broadcast", x.str(), y.str()), needed);
    out[i] = x == Dim(1) || (!one && y.is_constant()) ? y : x;
  }
  return out;
}

bool is_saturated(const Dim& d) {
  static const Dim most(INT64_MAX), least(INT64_MIN);
  return d == most || d == least;
}

const Elements& known_of(const Contents& known, size_t index) {
  static const Elements kNothing;
  return index < known.size() ? known[index] : kNothing;
}

std::vector<Dim> sizes_from(std::string_view op, const Types& inputs, const Contents& known, size_t index,
                            std::string_view what) {
  if (inputs[index].rank() > 1) reject(op, inputs, fmt::format("input {} ({}) must be a vector", index, what));
  check_index_type(op, inputs, index);
  std::vector<Dim> sizes;
  const Elements& elements = known_of(known, index);
  const size_t count = elements ? elements->size() : 0;
  for (size_t i = 0; i < count && (*elements)[i]; ++i) sizes.push_back(*(*elements)[i]);
  if (elements && sizes.size() == count) return sizes;
  fail(ErrorCode::unsupported, op, "compute it from constants and the shapes of tensors alone",
       "input {} ({}) holds numbers that only a run knows{}", index, what,
       elements ? fmt::format(": element {}", sizes.size()) : std::string());
}

std::vector<int64_t> numbers_from(std::string_view op, const Types& inputs, const Contents& known, size_t index,
                                  std::string_view what) {
  std::vector<int64_t> numbers;
  for (const Dim& d : sizes_from(op, inputs, known, index, what)) {
    if (has_numbers(d))
      fail(ErrorCode::unsupported, op, "give them when the network is built",
           "input {} ({}) holds numbers that only a run knows: {}", index, what, d.str());
    if (!d.is_constant())
      fail(ErrorCode::unsupported, op, "give constants", "input {} ({}) is {}, which depends on sizes", index, what,
           d.str());
    numbers.push_back(d.constant());
  }
  return numbers;
}

}  // namespace lathe::ops
