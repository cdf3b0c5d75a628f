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

bool broadcast_rows(const RowQuestion& question, Op op, RowForm& form) {
  const size_t rank = question.output.shape.size();
  form = {std::move(op), {}};
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

bool all_rows(const RowQuestion& question, Op op, RowForm& form) {
  return operand_rows(
      question, std::move(op), [](size_t) { return true; }, form);
}

}  // namespace lathe::ops
