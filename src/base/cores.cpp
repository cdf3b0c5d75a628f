#include "base/cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>

namespace lathe {
namespace {

double ratio(double quota, double period) { return quota > 0 && period > 0 ? quota / period : 0; }

/// cpu.max: "max 100000", or "150000 100000".
double quota_of_version_2(const std::string& folder) {
  std::string quota;
  double period = 0;
  std::ifstream(folder + "/cpu.max") >> quota >> period;
  return ratio(std::atof(quota.c_str()), period);
}

double quota_of_version_1(const std::string& folder) {
  double quota = 0, period = 0;
  std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
  std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  return ratio(quota, period);
}

/// The path of the process's group within the hierarchy of `controller`, empty for version 2's only one.
std::string group_of(const std::string& membership, std::string_view controller) {
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':'), second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream names(line.substr(first + 1, second - first - 1));
    bool found = controller.empty() && second == first + 1;
    for (std::string name; std::getline(names, name, ',');) found = found || name == controller;
    if (found && line.substr(second + 1).starts_with('/')) return line.substr(second + 1);
  }
  return "/";
}

/// The least quota of `path` and the groups around it. A path that is not there (a container sees its own group as the
/// root, but may read its name as the host has it) gives the root's.
double least(const std::string& mount, std::string path, double (*quota_of)(const std::string&)) {
  double cores = 0;
  while (true) {
    if (const double here = quota_of(mount + path); here > 0) cores = cores > 0 ? std::min(cores, here) : here;
    if (path.empty()) return cores;
    path.erase(path.size() > 1 ? path.find_last_of('/') : 0);
  }
}

}  // namespace

double cgroup_cores(const std::string& mount, const std::string& membership) {
  if (const double cores = least(mount, group_of(membership, ""), quota_of_version_2); cores > 0) return cores;
  return least(mount + "/cpu", group_of(membership, "cpu"), quota_of_version_1);
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  std::ostringstream membership;
  membership << std::ifstream("/proc/self/cgroup").rdbuf();
  const double quota = cgroup_cores("/sys/fs/cgroup", membership.str());
  if (quota > 0 && quota < cores) cores = static_cast<int>(std::ceil(quota));
  return std::max(cores, 1);
}

}  // namespace lathe
