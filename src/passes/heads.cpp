#include "passes/heads.h"

#include "ops/slice.h"
#include "passes/index_form.h"

namespace lathe::passes {

std::optional<Heads> heads_of(const ir::Network& network, ir::ValueId value, const HeadOrder& order) {
  const std::vector<Dim>& shape = network.value(value).type.shape;
  if (shape.size() != 4 || !shape[order.head].is_constant() || !shape[order.column].is_constant()) return std::nullopt;
  Heads found;
  found.heads = shape[order.head].constant();
  found.head_dim = shape[order.column].constant();
  const int64_t width = found.heads * found.head_dim;
  found.shape = {shape[order.batch], shape[order.seq], Dim(width)};
  const auto index = [&](size_t d) { return shape[d] == Dim(1) ? Dim(0) : IndexForms::index(d); };
  const Dim column = index(order.head) * Dim(found.head_dim) + index(order.column);
  const std::vector<Element> sources = IndexForms(network).moved(value);
  for (size_t i = sources.size(); i-- > 0;) {
    const Element& from = sources[i];
    const std::vector<Dim>& whole = network.value(from.value).type.shape;
    if (whole.size() != 3 || !(whole[0] == shape[order.batch]) || !(whole[1] == shape[order.seq])) continue;
    const Dim first = from.at[2] - column;
    if (!(from.at[0] == index(order.batch)) || !(from.at[1] == index(order.seq)) || !first.is_constant()) continue;
    if (!whole[2].is_constant() || first.constant() < 0 || first.constant() + width > whole[2].constant()) continue;
    found.source = from.value;
    found.first = first.constant();
    return found;
  }
  return std::nullopt;
}

ir::ValueId columns_of(ir::Network& network, const Heads& heads, const std::vector<std::string>& origins) {
  if (network.value(heads.source).type.shape == heads.shape) return heads.source;
  const ops::Slice columns{{Dim(0), Dim(0), Dim(heads.first)}, heads.shape, {}};
  return network.add1(columns, {heads.source}, "heads", origins);
}

}  // namespace lathe::passes
