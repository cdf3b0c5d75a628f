#pragma once
#include <vector>

#include "plan/plan.h"

namespace lathe::plan {

/// A tensor whose values delimit sequences, [0, n1, n1 + n2, ...]: a step reads it as such (Op::bounds), or
/// makes it (pack_index).
struct Sequences {
  int tensor = -1;
  std::vector<Dim> rows;  ///< what the last value must equal, each once
  Dim longest;            ///< what no sequence may be longer than; unknown: 0
};
/// Each such tensor once. The plan's indices must be valid.
std::vector<Sequences> find_sequences(const Plan& plan);

/// Of those that a port binds, the one that delimits the rows of a tensor [rows]: where each row's position counts
/// from. Null: none.
const Sequences* find_bounds(const std::vector<Sequences>& bound, const Tensor& tensor);

}  // namespace lathe::plan
