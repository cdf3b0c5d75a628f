#include "ops/slice.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Slice, slice, Traits{.narrow = true})

Types infer(const Slice& op, const Types& in) {
  check_count("slice", in, 1, 1);
  size_t rank = in[0].shape.size();
  if (op.start.size() != rank || op.size.size() != rank || (!op.stride.empty() && op.stride.size() != rank))
    reject("slice", in, "start, size and stride need one value a dimension");
  for (size_t i = 0; i < rank; ++i) {
    int64_t stride = op.stride.empty() ? 1 : op.stride[i];
    if (stride == 0) reject("slice", in, "a stride is 0");
    if (!in[0].shape[i].is_constant() || !op.start[i].is_constant() || !op.size[i].is_constant()) continue;
    int64_t first = op.start[i].constant(), count = op.size[i].constant(), limit = in[0].shape[i].constant();
    int64_t last = saturating_add(first, saturating_mul(count - 1, stride));
    if (count < 0 || (count > 0 && (first < 0 || first >= limit || last < 0 || last >= limit)))
      reject("slice", in,
             fmt::format("dimension {}: start {}, size {}, stride {} leave the tensor", i, first, count, stride));
  }
  return {{in[0].dtype, op.size}};
}

/// All rows, and a part of each.
bool row_form(const Slice& op, const RowQuestion& question, RowForm& form) {
  Slice on_rows{{Dim(0)}, {question.count}, {}};
  if (!op.stride.empty()) on_rows.stride.push_back(1);
  for (size_t i = 0; i < op.start.size(); ++i) {
    const int64_t stride = op.stride.empty() ? 1 : op.stride[i];
    if (i < question.lead.size()) {
      if (!(op.start[i] == Dim(0)) || stride != 1) return false;
      continue;
    }
    on_rows.start.push_back(op.start[i]);
    on_rows.size.push_back(op.size[i]);
    if (!op.stride.empty()) on_rows.stride.push_back(stride);
  }
  return all_rows(question, on_rows, form);
}

}  // namespace lathe::ops
