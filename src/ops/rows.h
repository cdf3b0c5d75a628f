#pragma once
#include <functional>

#include "ops/op.h"

namespace lathe::ops {

/// How an operand of an op belongs to the rows of its result.
enum class RowOperand : uint8_t {
  rows,      ///< one row a row of the result
  shared,    ///< the same for all rows
  squeezed,  ///< the same for all rows, with leading dimensions of size 1 that must go
  repeated,  ///< [1, seq, rest..] under [batch, seq, ..]: one row a place, whichever sequence it is of
};

/// The op that computes a result on other rows, and what its operands become: [lead.., rest..] -> [count, rest..].
struct RowForm {
  Op op;
  std::vector<RowOperand> operands;
};

/// Whether the shape begins with these dimensions.
bool has_rows(const std::vector<Dim>& shape, std::span<const Dim> lead);

/// "Is each row of your result [lead.., rest..] provably computed from the same row of some operands alone, and by what
/// op is it on [count, rest..]?" The result has rows already.
struct RowQuestion {
  const Types& inputs;
  const TensorType& output;
  const std::vector<bool>& constant;  ///< by input: a weight
  std::span<const Dim> lead;
  const Dim& count;

  int leading() const { return static_cast<int>(lead.size()); }
  const std::vector<Dim>& shape(size_t i) const { return inputs[i].shape; }
  bool rows(size_t i) const { return has_rows(shape(i), lead); }
  /// An axis beyond the leading dimensions of a tensor of this rank, renumbered from the end; 0 for another.
  int64_t inner_axis(int64_t axis, int rank) const;
  /// [lead.., rest..] -> [count, rest..]
  std::vector<Dim> on_rows(const std::vector<Dim>& full) const;
};

/// The form in which each operand that `holds` has rows, and the others are weights that all rows share; the last
/// dimension is a row's content. False where an operand's shape is another.
bool content_rows(const RowQuestion& question, Op op, const std::function<bool(size_t)>& holds, RowForm& form);
/// The form of ops that work element by element: constants are shared, all else has rows.
bool elementwise_rows(const RowQuestion& question, Op op, RowForm& form);
/// The form of ops of two operands that broadcast together: each has all rows, or is such that it broadcasts over all.
bool broadcast_rows(const RowQuestion& question, Op op, RowForm& form);
/// The form in which all operands have rows.
bool all_rows(const RowQuestion& question, Op op, RowForm& form);

}  // namespace lathe::ops
