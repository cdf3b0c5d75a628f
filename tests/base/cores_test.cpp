#include "base/cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "tests/base/cgroup_mount.h"

namespace lathe {
namespace {
struct Mount : test::CgroupMount {
  double cores(const std::string& membership) const { return cgroup_cores(root(), membership); }
};

TEST(BaseCores, Version2TakesTheLeastOfAGroupAndThoseAroundIt) {
  Mount mount;
  mount.put("cpu.max", "max 100000\n");
  mount.put("a.slice/cpu.max", "150000 100000\n");
  mount.put("a.slice/b.service/cpu.max", "400000 100000\n");
  mount.put("c/cpu.max", "max 100000\n");
  EXPECT_EQ(mount.cores("0::/a.slice/b.service\n"), 1.5);
  EXPECT_EQ(mount.cores("0::/a.slice\n"), 1.5);
  EXPECT_EQ(mount.cores("0::/c\n"), 0);
  EXPECT_EQ(mount.cores("0::/\n"), 0);
  mount.put("a.slice/b.service/cpu.max", "50000 100000\n");
  EXPECT_EQ(mount.cores("0::/a.slice/b.service\n"), 0.5);
}

TEST(BaseCores, Version1HasAHierarchyOfItsOwn) {
  Mount mount;
  mount.put("cpu/cpu.cfs_quota_us", "-1\n");
  mount.put("cpu/cpu.cfs_period_us", "100000\n");
  mount.put("cpu/docker/x/cpu.cfs_quota_us", "250000\n");
  mount.put("cpu/docker/x/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(mount.cores("7:memory:/elsewhere\n4:cpu,cpuacct:/docker/x\n1:name=systemd:/docker/x\n"), 2.5);
  EXPECT_EQ(mount.cores("4:cpu,cpuacct:/docker\n"), 0);
}

TEST(BaseCores, APathThatIsNotThereGivesTheRootsQuota) {
  Mount mount;
  mount.put("cpu.max", "300000 100000\n");
  EXPECT_EQ(mount.cores("0::/as/the/host/has/it\n"), 3);
  for (const char* text : {"", "\n", "0:", "0::", "0::relative\n", ":::", "0::/..//..\n"})
    EXPECT_EQ(mount.cores(text), 3) << text;
  mount.put("cpu.max", "no numbers\n");
  EXPECT_EQ(mount.cores("0::/\n"), 0);
  mount.put("cpu.max", "100000 0\n");
  EXPECT_EQ(mount.cores("0::/\n"), 0);
}

TEST(BaseCores, TheAffinityMaskCounts) {
  std::thread([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(usable_cores(), 1);
  }).join();
}

}  // namespace
}  // namespace lathe
