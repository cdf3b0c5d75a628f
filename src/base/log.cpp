#include "base/log.h"

#include <atomic>
#include <memory>
#include <mutex>

namespace lathe {
namespace {
/// Held while a logger runs: one call at a time, and again from within one.
std::recursive_mutex mutex;
std::shared_ptr<const Logger> logger;
std::atomic<int> lowest_level{static_cast<int>(LogLevel::off)};
}  // namespace

void set_logger(Logger new_logger, LogLevel lowest) {
  std::lock_guard lock(mutex);
  const bool present = static_cast<bool>(new_logger);
  logger = present ? std::make_shared<const Logger>(std::move(new_logger)) : nullptr;
  lowest_level = present ? static_cast<int>(lowest) : static_cast<int>(LogLevel::off);
}

bool log_enabled(LogLevel level) { return static_cast<int>(level) >= lowest_level.load(std::memory_order_relaxed); }

void log_line(LogLevel level, std::string_view line) {
  std::lock_guard lock(mutex);
  // A logger may call Lathe, which logs, and may set another logger: this one lives until it has returned.
  if (const std::shared_ptr<const Logger> current = logger) (*current)(level, line);
}

}  // namespace lathe
