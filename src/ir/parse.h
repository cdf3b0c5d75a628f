#pragma once
#include <cstdint>
#include <string_view>

#include "ir/network.h"

namespace lathe::ir {

struct ParseOptions {
  /// Most bytes that all constants together may have.
  int64_t max_constant_bytes = int64_t{1} << 30;
};

/// Reads what print() writes (print.h): print(parse(print(n))) == print(n). Constants marked `random` are filled with
/// small pseudo-random numbers that depend on their names alone (whole numbers for integer types). Empty lines and
/// lines that begin with '#' are skipped.
/// Error with the line's number for text of another form, names met twice or never made, types that the ops' rules do
/// not give, and constants beyond the limit.
Network parse(std::string_view text, const ParseOptions& options = {});

}  // namespace lathe::ir
