#pragma once
#include <string_view>

#include "lathe/tasks.h"

namespace lathe::cli {

/// A line of --json-input: a JSON string, or an array of two for a pair. Error(invalid_argument) for anything else,
/// without a place.
TextInput parse_json_line(std::string_view line);

}  // namespace lathe::cli
