#pragma once
#include <string_view>

#include "base/dim.h"

namespace lathe {

/// Elements of inputs among symbols. A symbol is a size, which is not negative; one whose name begins with '$' is a
/// number of any sign: Dim::is_rising() is never so of what it is in.
inline bool is_number(std::string_view symbol) { return symbol.starts_with('$'); }
/// "$name"
Dim number(std::string_view name);
/// Whether numbers of any sign are in it.
bool has_numbers(const Dim& d);

}  // namespace lathe
