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
/// Integers of any width; bool is none.
bool is_whole(DType type);
void check_index_type(std::string_view op, const Types& inputs, size_t index);
/// Rejects inputs 0 (data) and 1 (indices) of other ranks than one, or indices that are shown to be larger than data
/// along another dimension than the axis.
void check_along_axis(std::string_view op, const Types& inputs, int64_t axis);
/// How many coordinates a row of input 1 (indices [.., m]) has in input 0 behind its first `batch` dimensions; rejects
/// a number that is no constant or more than these.
size_t check_coordinates(std::string_view op, const Types& inputs, size_t batch);
/// Whether it can be the name of a symbol: letters, digits and underscores, no digit first.
bool is_symbol(std::string_view text);
/// Any text as the name of a symbol; several texts may come to one name.
std::string symbol_from(std::string_view text);
/// Rejects what is no name of a symbol.
void check_symbol(std::string_view op, const Types& inputs, std::string_view symbol);

/// Whether the forms show that a and b differ, whatever sizes the symbols are, or are equal only where both are 0.
bool never_equal(const Dim& a, const Dim& b);
/// Notes that a run must find a == b, unless that is shown already. Rejects, with `reason`, two that are never equal.
void need_equal(std::string_view op, const Types& inputs, const Dim& a, const Dim& b, std::string_view reason,
                Equalities& needed);

/// The dimensions of a and b combined as numpy does: aligned at the end; equal, or one of them 1. Of two that nothing
/// shows to be either, a run must find them equal.
std::vector<Dim> broadcast(std::string_view op, const Types& inputs, const std::vector<Dim>& a,
                           const std::vector<Dim>& b, Equalities& needed);

/// The elements of an input that gives sizes, a vector of whole numbers or one alone. Error(unsupported) where they are
/// computed from what only a run knows; `what` names them in the message.
std::vector<Dim> sizes_from(std::string_view op, const Types& inputs, const Contents& known, size_t index,
                            std::string_view what);
/// The same for numbers that must be constants.
std::vector<int64_t> numbers_from(std::string_view op, const Types& inputs, const Contents& known, size_t index,
                                  std::string_view what);
/// Whether it stands for numbers that a dimension does not hold (base/dim.h): it bounds sizes, but is no number.
bool is_saturated(const Dim& d);
/// What is known of input `index`; empty: nothing is.
const Elements& known_of(const Contents& known, size_t index);

}  // namespace lathe::ops
