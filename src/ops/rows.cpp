#include "ops/rows.h"

#include <algorithm>

namespace lathe::ops {
namespace {

bool operand_rows(const RowQuestion& question, Op op, const std::function<bool(size_t)>& holds, RowForm& form) {
  form = {std::move(op), {}};
  for (size_t i = 0; i < question.inputs.size(); ++i) {
    const bool rows = holds(i);
    if (rows && !question.rows(i)) return false;
    form.operands.push_back(rows ? RowOperand::rows : RowOperand::shared);
  }
  return true;
}

}  // namespace

bool has_rows(const std::vector<Dim>& shape, std::span<const Dim> lead) {
  return shape.size() >= lead.size() && std::equal(lead.begin(), lead.end(), shape.begin());
}

int64_t RowQuestion::inner_axis(int64_t axis, int rank) const {
  const int64_t from_start = axis < 0 ? axis + rank : axis;
  return from_start < leading() ? 0 : from_start - rank;
}

std::vector<Dim> RowQuestion::on_rows(const std::vector<Dim>& full) const {
  std::vector<Dim> out = {count};
  out.insert(out.end(), full.begin() + leading(), full.end());
  return out;
}

bool content_rows(const RowQuestion& question, Op op, const std::function<bool(size_t)>& holds, RowForm& form) {
  return question.output.rank() > question.leading() && operand_rows(question, std::move(op), holds, form);
}

bool elementwise_rows(const RowQuestion& question, Op op, RowForm& form) {
  return operand_rows(
      question, std::move(op), [&](size_t i) { return !question.constant[i]; }, form);
}

bool all_rows(const RowQuestion& question, Op op, RowForm& form) {
  return operand_rows(
      question, std::move(op), [](size_t) { return true; }, form);
}

}  // namespace lathe::ops
