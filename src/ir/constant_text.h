#pragma once
#include <cstddef>
#include <string_view>

#include "base/file.h"
#include "ir/line.h"

namespace lathe::ir {

/// Small numbers that the name decides: FNV-1a, then splitmix64.
Blob pseudo_random(std::string_view name, DType type, size_t bytes);

/// The elements of a constant: "[1, 2.5]", or "0x" and the hex digits of its bytes.
Blob read_content(Line& line, DType type, size_t bytes);

}  // namespace lathe::ir
