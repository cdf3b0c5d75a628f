#include "base/log.h"

#include <atomic>
#include <mutex>

namespace lathe {
namespace {
std::mutex mutex;
Logger logger;
std::atomic<int> lowest_level{static_cast<int>(LogLevel::off)};
}  // namespace

void set_logger(Logger new_logger, LogLevel lowest) {
  std::lock_guard lock(mutex);
  logger = std::move(new_logger);
  lowest_level = logger ? static_cast<int>(lowest) : static_cast<int>(LogLevel::off);
}

bool log_enabled(LogLevel level) { return static_cast<int>(level) >= lowest_level.load(std::memory_order_relaxed); }

void log_line(LogLevel level, std::string_view line) {
  std::lock_guard lock(mutex);
  if (logger) logger(level, line);
}

}  // namespace lathe
