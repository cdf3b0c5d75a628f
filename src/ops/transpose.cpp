#include "ops/transpose.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Transpose, transpose, Traits{})

Types infer(const Transpose& op, const Types& in) {
  check_count("transpose", in, 1, 1);
  std::vector<bool> seen(in[0].shape.size());
  if (op.perm.size() != seen.size()) reject("transpose", in, "perm needs one entry a dimension");
  TensorType out{in[0].dtype, {}};
  for (int64_t axis : op.perm) {
    int from = normalize_axis("transpose", in, axis, in[0].rank());
    if (seen[from]) reject("transpose", in, "perm names an axis twice");
    seen[from] = true;
    out.shape.push_back(in[0].shape[from]);
  }
  return {out};
}

/// The leading axes stay where they are.
bool row_form(const Transpose& op, const RowQuestion& question, RowForm& form) {
  const auto rank = static_cast<int64_t>(op.perm.size());
  const int64_t leading = question.leading();
  Transpose on_rows{{0}};
  for (int64_t i = 0; i < rank; ++i) {
    int64_t axis = op.perm[static_cast<size_t>(i)];
    if (axis < 0) axis += rank;
    if ((i < leading) != (axis < leading) || (i < leading && i != axis)) return false;
    if (i >= leading) on_rows.perm.push_back(axis - leading + 1);
  }
  return all_rows(question, on_rows, form);
}

}  // namespace lathe::ops
