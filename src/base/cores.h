#pragma once
#include <string>

namespace lathe {

/// Processors that this process may use: its affinity mask, lowered to the CPU quota of its control groups. At least 1.
int usable_cores();

/// The quota in processors, quota / period, least of the process's control group and of all groups around it (a limit
/// of any of them holds); 0 where there is none. Version 2 of control groups has it in cpu.max, version 1 in
/// cpu/cpu.cfs_quota_us and cpu.cfs_period_us (Linux Documentation/admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst).
///   mount       where control groups are mounted: /sys/fs/cgroup
///   membership  the text of /proc/self/cgroup: lines "number:controllers:path"
double cgroup_cores(const std::string& mount, const std::string& membership);

}  // namespace lathe
