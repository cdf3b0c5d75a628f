#pragma once
#include <string_view>

#include "lathe/error.h"

namespace lathe::cli {

/// Lines on standard error: "lathe: error[io]: ...", "lathe: warning: ...". A progress line makes way.
void say(std::string_view kind, std::string_view text);
void say_error(const Error& error);
/// Nothing after be_quiet().
void say_warning(std::string_view text);
/// --quiet: no warnings, no progress.
void be_quiet();
bool is_quiet();

}  // namespace lathe::cli
