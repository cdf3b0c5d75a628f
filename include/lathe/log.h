#pragma once
#include <functional>
#include <string_view>

#include "lathe/export.h"

namespace lathe {

enum class LogLevel : int { verbose = 0, info = 1, warning = 2, error = 3, off = 4 };

/// Called with whole lines without a line end, from any thread, one thread at a time. It may call Lathe and may set
/// another logger; what Lathe logs meanwhile reaches it within its own call.
using Logger = std::function<void(LogLevel, std::string_view)>;

/// The library prints nothing of its own: without a logger its messages are dropped.
/// `lowest`: messages below this level are not even formatted.
LATHE_API void set_logger(Logger logger, LogLevel lowest = LogLevel::info);

}  // namespace lathe
