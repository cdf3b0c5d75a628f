#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// The folders of this process's control group and of all groups around it, innermost first: a limit of any of them
/// holds. Version 2 has one hierarchy under `mount`; version 1 one for each controller ("cpu", "memory"), under
/// mount/controller. Folders need not be there: a container sees its own group as the root, but may read its name as
/// the host has it. (Linux Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/cgroups.rst)
///   mount       where control groups are mounted: kCgroupMount
///   membership  what own_cgroups() reads: lines "number:controllers:path"
std::vector<std::string> cgroup_folders_2(const std::string& mount, const std::string& membership);
std::vector<std::string> cgroup_folders_1(const std::string& mount, const std::string& membership,
                                          std::string_view controller);

inline constexpr const char* kCgroupMount = "/sys/fs/cgroup";
/// The text of /proc/self/cgroup.
std::string own_cgroups();

}  // namespace lathe
