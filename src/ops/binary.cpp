#include "ops/binary.h"

#include <algorithm>

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Binary, binary, Traits{})

Types infer(const Binary& /*op*/, const Types& in) {
  check_count("binary", in, 2, 2);
  if (in[0].dtype != in[1].dtype) reject("binary", in, "both inputs must have the same type");
  return {{in[0].dtype, broadcast("binary", in, in[0].shape, in[1].shape)}};
}

/// Operands have all rows, or are such that broadcast over all rows.
bool row_form(const Binary& op, const RowQuestion& question, RowForm& form) {
  const size_t rank = question.output.shape.size();
  form = {op, {}};
  for (size_t i = 0; i < 2; ++i) {
    const std::vector<Dim>& shape = question.shape(i);
    if (shape.size() == rank && question.rows(i)) {
      form.operands.push_back(RowOperand::rows);
      continue;
    }
    const size_t inner = rank - question.lead.size(), extra = shape.size() > inner ? shape.size() - inner : 0;
    const bool ones = std::all_of(shape.begin(), shape.begin() + static_cast<int64_t>(extra),
                                  [](const Dim& d) { return d == Dim(1); });
    if (!ones) return false;
    form.operands.push_back(extra == 0 ? RowOperand::shared : RowOperand::squeezed);
  }
  return form.operands[0] == RowOperand::rows || form.operands[1] == RowOperand::rows;
}

}  // namespace lathe::ops
