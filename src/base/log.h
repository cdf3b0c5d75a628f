#pragma once
#include <fmt/format.h>

#include "lathe/log.h"

namespace lathe {

/// Whether a message of this level would reach the user's logger.
bool log_enabled(LogLevel level);
void log_line(LogLevel level, std::string_view line);

template <class... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) log_line(level, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace lathe
