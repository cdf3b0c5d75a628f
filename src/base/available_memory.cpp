#include "base/available_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/cgroups.h"

namespace lathe {
namespace {

/// The number in a file that holds one; `otherwise` where there is none ("max", no such file).
int64_t number_in(const std::string& path, int64_t otherwise) {
  int64_t value = 0;
  std::ifstream file(path);
  return file >> value ? value : otherwise;
}

/// The number behind a word of a file of "word number" lines; 0 where it is missing.
int64_t entry_in(const std::string& path, std::string_view word) {
  std::ifstream file(path);
  std::string name, rest;
  for (int64_t value = 0; file >> name; std::getline(file, rest))
    if (name == word && file >> value) return value;
  return 0;
}

int64_t machine_bytes() {
  const int64_t kib = entry_in("/proc/meminfo", "MemAvailable:");
  return kib > 0 ? kib * 1024 : INT64_MAX;
}

/// What is left under one group's limit; files that are cached for it can be given back.
int64_t left_in_group(const std::string& folder, bool second) {
  const char *limit_file = second ? "/memory.max" : "/memory.limit_in_bytes",
             *usage_file = second ? "/memory.current" : "/memory.usage_in_bytes";
  const int64_t limit = number_in(folder + limit_file, INT64_MAX);
  if (limit == INT64_MAX) return INT64_MAX;
  // Usage counts the groups within; in version 1 only the entries total_* do so as well.
  const std::string total = second ? "" : "total_", stat = folder + "/memory.stat";
  const int64_t cached = entry_in(stat, total + "inactive_file") + entry_in(stat, total + "active_file");
  const int64_t used = std::max<int64_t>(number_in(folder + usage_file, 0) - cached, 0);
  return std::max<int64_t>(limit - used, 0);
}

int64_t address_space_bytes() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return INT64_MAX;
  const int64_t used = number_in("/proc/self/statm", 0) * sysconf(_SC_PAGESIZE);
  return std::max<int64_t>(static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, INT64_MAX)) - used, 0);
}

}  // namespace

int64_t cgroup_memory(const std::string& mount, const std::string& membership) {
  int64_t least = INT64_MAX;
  for (const std::string& folder : cgroup_folders_2(mount, membership))
    least = std::min(least, left_in_group(folder, true));
  for (const std::string& folder : cgroup_folders_1(mount, membership, "memory"))
    least = std::min(least, left_in_group(folder, false));
  return least;
}

AvailableMemory available_memory() {
  AvailableMemory least;
  auto consider = [&](int64_t bytes, std::string_view limit) {
    if (bytes < least.bytes) least = {bytes, limit};
  };
  consider(machine_bytes(), "the machine");
  consider(cgroup_memory(kCgroupMount, own_cgroups()), "the process's control group");
  consider(address_space_bytes(), "the limit of its address space");
  return least;
}

}  // namespace lathe
