#pragma once
#include <cstdint>
#include <string_view>

namespace lathe::runtime {

/// How much more memory this process can have, and what limits it first: the machine (MemAvailable), a control group
/// that the process is in (its limit less what it uses and cannot give back), or RLIMIT_AS (ulimit -v).
/// Reads a few files of /proc and /sys: up to some 100 us.
struct AvailableMemory {
  int64_t bytes = INT64_MAX;
  std::string_view limit = "nothing";
};
AvailableMemory available_memory();

}  // namespace lathe::runtime
