#include "ops/shape_rules.h"

#include <algorithm>

#include "base/dtype.h"
#include "base/error.h"

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

void check_symbol(std::string_view op, const Types& inputs, std::string_view symbol) {
  // "batch*seq" would read as a product of other symbols.
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto in_names = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  if (symbol.empty() || !letter(symbol[0]) || !std::all_of(symbol.begin(), symbol.end(), in_names))
    reject(op, inputs, "the symbol must be a name: letters, digits, underscores");
}

void check_index_type(std::string_view op, const Types& inputs, size_t index) {
  if (inputs[index].dtype != DType::i32 && inputs[index].dtype != DType::i64)
    reject(op, inputs, fmt::format("input {} must be i32 or i64", index));
}

std::vector<Dim> broadcast(std::string_view op, const Types& inputs, const std::vector<Dim>& a,
                           const std::vector<Dim>& b) {
  size_t rank = std::max(a.size(), b.size());
  std::vector<Dim> out(rank);
  for (size_t i = 0; i < rank; ++i) {
    Dim x = i + a.size() < rank ? Dim(1) : a[i + a.size() - rank];
    Dim y = i + b.size() < rank ? Dim(1) : b[i + b.size() - rank];
    if (!(x == y) && !(x == Dim(1)) && !(y == Dim(1)))
      reject(op, inputs, fmt::format("dimensions {} and {} do not broadcast", x.str(), y.str()));
    out[i] = x == Dim(1) ? y : x;
  }
  return out;
}

}  // namespace lathe::ops
