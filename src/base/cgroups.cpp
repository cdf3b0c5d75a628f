#include "base/cgroups.h"

#include <fstream>
#include <sstream>

namespace lathe {
namespace {

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

std::vector<std::string> with_those_around(const std::string& root, std::string path) {
  std::vector<std::string> folders;
  while (!path.empty()) {
    if (path != "/") folders.push_back(root + path);
    path.erase(path.find_last_of('/'));
  }
  folders.push_back(root);
  return folders;
}

}  // namespace

std::vector<std::string> cgroup_folders_2(const std::string& mount, const std::string& membership) {
  return with_those_around(mount, group_of(membership, ""));
}

std::vector<std::string> cgroup_folders_1(const std::string& mount, const std::string& membership,
                                          std::string_view controller) {
  return with_those_around(mount + "/" + std::string(controller), group_of(membership, controller));
}

std::string own_cgroups() {
  std::ostringstream text;
  text << std::ifstream("/proc/self/cgroup").rdbuf();
  return text.str();
}

}  // namespace lathe
