#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace lathe {

/// How much more memory this process can have, and what limits it first: the machine (MemAvailable), a control group
/// that the process is in (its limit less what it uses and cannot give back), or RLIMIT_AS (ulimit -v).
/// Reads a few files of /proc and /sys: up to some 100 us.
struct AvailableMemory {
  int64_t bytes = INT64_MAX;
  std::string_view limit = "nothing";
};
AvailableMemory available_memory();

/// What is left under the limits of the process's control groups (base/cgroups.h has the arguments), files that are
/// cached for them not counted; INT64_MAX where there is none. Version 2 has memory.max and memory.current, version 1
/// memory.limit_in_bytes and memory.usage_in_bytes.
int64_t cgroup_memory(const std::string& mount, const std::string& membership);

}  // namespace lathe
