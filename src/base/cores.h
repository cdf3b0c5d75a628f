#pragma once
#include <string>

namespace lathe {

/// Processors that this process may use: its affinity mask, lowered to the CPU quota of its control groups. At least 1.
int usable_cores();

/// The quota in processors, quota / period, least of the process's control groups (base/cgroups.h has the arguments);
/// 0 where there is none. Version 2 has it in cpu.max, version 1 in cpu.cfs_quota_us and cpu.cfs_period_us (Linux
/// Documentation/scheduler/sched-bwc.rst).
double cgroup_cores(const std::string& mount, const std::string& membership);

}  // namespace lathe
