#include "ops/gather.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Gather, gather, Traits{.narrow = true})

Types infer(const Gather& op, const Types& in) {
  check_count("gather", in, 2, 2);
  check_index_type("gather", in, 1);
  int axis = normalize_axis("gather", in, op.axis, in[0].rank());
  TensorType out{in[0].dtype, {in[0].shape.begin(), in[0].shape.begin() + axis}};
  out.shape.insert(out.shape.end(), in[1].shape.begin(), in[1].shape.end());
  out.shape.insert(out.shape.end(), in[0].shape.begin() + axis + 1, in[0].shape.end());
  return {out};
}

/// Lookups of rows in a table that all rows share.
bool row_form(const Gather& op, const RowQuestion& question, RowForm& form) {
  form = {op, {RowOperand::shared, RowOperand::rows}};
  return op.axis == 0 && question.rows(1) && !question.rows(0);
}

Elements elements(const Gather& op, const Types& in, const Contents& known) {
  const Elements &data = known_of(known, 0), &indices = known_of(known, 1);
  if (!data || !indices || in[0].rank() != 1) return std::nullopt;
  std::vector<Element> picked;
  for (const Element& index : *indices) {
    int64_t i = index && index->is_constant() ? index->constant() : -1;
    if (op.from_end && index && index->is_constant() && i < 0) i += static_cast<int64_t>(data->size());
    picked.push_back(i >= 0 && i < static_cast<int64_t>(data->size()) ? (*data)[static_cast<size_t>(i)] : std::nullopt);
  }
  return picked;
}

/// Those from the end are not what Lookup tells of: places of their own.
std::vector<Lookup> lookups(const Gather& op) {
  if (op.from_end) return {};
  return {{1, 0, op.axis}};
}

}  // namespace lathe::ops
