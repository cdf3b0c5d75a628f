#include "base/cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/cgroups.h"

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

double least(const std::vector<std::string>& folders, double (*quota_of)(const std::string&)) {
  double cores = 0;
  for (const std::string& folder : folders)
    if (const double here = quota_of(folder); here > 0) cores = cores > 0 ? std::min(cores, here) : here;
  return cores;
}

}  // namespace

double cgroup_cores(const std::string& mount, const std::string& membership) {
  const double cores = least(cgroup_folders_2(mount, membership), quota_of_version_2);
  return cores > 0 ? cores : least(cgroup_folders_1(mount, membership, "cpu"), quota_of_version_1);
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  const double quota = cgroup_cores(kCgroupMount, own_cgroups());
  if (quota > 0 && quota < cores) cores = static_cast<int>(std::ceil(quota));
  return std::max(cores, 1);
}

}  // namespace lathe
