#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// The axis in [0, rank) that `axis` (negative: from the end) means; rejects others.
int normalize_axis(std::string_view op, const Types& inputs, int64_t axis, int rank);
/// Far more than any op has.
inline constexpr size_t kMostOperands = 4096;
/// Rejects another number of inputs than low..high.
void check_count(std::string_view op, const Types& inputs, size_t low, size_t high);
void check_float(std::string_view op, const Types& inputs, size_t index);
void check_index_type(std::string_view op, const Types& inputs, size_t index);
/// Rejects what is no name of a symbol: letters, digits and underscores, no digit first.
void check_symbol(std::string_view op, const Types& inputs, std::string_view symbol);

/// The dimensions of a and b combined as numpy does: aligned at the end; equal, or one of them 1.
std::vector<Dim> broadcast(std::string_view op, const Types& inputs, const std::vector<Dim>& a,
                           const std::vector<Dim>& b);

}  // namespace lathe::ops
