#include "base/available_memory.h"

#include <gtest/gtest.h>

#include "tests/base/cgroup_mount.h"

namespace lathe {
namespace {
struct Mount : test::CgroupMount {
  int64_t left(const std::string& membership) const { return cgroup_memory(root(), membership); }
};

TEST(BaseAvailableMemory, Version2CountsCachedFilesAsFree) {
  Mount mount;
  mount.put("a/memory.max", "1000000\n");
  mount.put("a/memory.current", "700000\n");
  mount.put("a/memory.stat", "anon 400000\ninactive_file 200000\nactive_file 100000\n");
  mount.put("a/b/memory.max", "max\n");
  mount.put("a/b/memory.current", "700000\n");
  EXPECT_EQ(mount.left("0::/a/b\n"), 600000);
  EXPECT_EQ(mount.left("0::/a\n"), 600000);
  EXPECT_EQ(mount.left("0::/\n"), INT64_MAX);
  mount.put("a/b/memory.max", "800000\n");
  EXPECT_EQ(mount.left("0::/a/b\n"), 100000);
  mount.put("a/b/memory.max", "600000\n");
  EXPECT_EQ(mount.left("0::/a/b\n"), 0) << "over its limit already";
}

TEST(BaseAvailableMemory, Version1CountsTheGroupsWithin) {
  Mount mount;
  mount.put("memory/x/memory.limit_in_bytes", "1000000\n");
  mount.put("memory/x/memory.usage_in_bytes", "900000\n");
  mount.put("memory/x/memory.stat",
            "inactive_file 1\nactive_file 2\ntotal_inactive_file 300000\ntotal_active_file 100000\n");
  EXPECT_EQ(mount.left("9:cpuset,memory:/x\n3:cpu:/elsewhere\n"), 500000);
  EXPECT_EQ(mount.left("3:cpu:/x\n"), INT64_MAX);
}

TEST(BaseAvailableMemory, ThisMachineHasSome) {
  const AvailableMemory here = available_memory();
  EXPECT_GT(here.bytes, 0);
  EXPECT_FALSE(here.limit.empty());
}

}  // namespace
}  // namespace lathe
