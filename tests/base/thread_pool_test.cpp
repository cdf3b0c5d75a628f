#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

/// Workers' own memory is lost with them in a child, which the address sanitizer would report at the child's end.
static bool is_child = false;
extern "C" __attribute__((visibility("default"))) int __lsan_is_turned_off();
extern "C" int __lsan_is_turned_off() { return is_child ? 1 : 0; }

namespace lathe {
namespace {

struct Loops {
  std::vector<int64_t> counts;              ///< items of each loop, a barrier behind each
  std::vector<std::atomic<int>> dealt;      ///< per loop and item
  std::vector<std::atomic<int64_t>> taken;  ///< per member, in the last loop
  int slow_member = -1;

  Loops(std::vector<int64_t> items, int members)
      : counts(std::move(items)), dealt(counts.size() * 64), taken(members) {}
  void run(int members) {
    ThreadPool::instance().run(
        members,
        [](Team& team, void* self) {
          auto& loops = *static_cast<Loops*>(self);
          for (size_t l = 0; l < loops.counts.size(); ++l) {
            loops.taken[static_cast<size_t>(team.rank())] = 0;
            for (int64_t item; (item = team.claim(loops.counts[l])) >= 0;) {
              ++loops.dealt[l * 64 + static_cast<size_t>(item)];
              ++loops.taken[static_cast<size_t>(team.rank())];
              const bool slow = team.rank() == loops.slow_member;
              std::this_thread::sleep_for(slow ? std::chrono::milliseconds(50) : std::chrono::microseconds(200));
            }
            team.barrier();
          }
        },
        this);
  }
};

TEST(BaseThreadPool, EachItemIsDealtOnce) {
  for (int members : {1, 2, 3, 8}) {
    Loops loops({0, 1, 2, 7, 64, 3, 0, 33}, members);
    loops.run(members);
    for (size_t l = 0; l < loops.counts.size(); ++l)
      for (int64_t i = 0; i < 64; ++i)
        EXPECT_EQ(loops.dealt[l * 64 + static_cast<size_t>(i)], i < loops.counts[l]) << members << " " << l << " " << i;
  }
}

TEST(BaseThreadPool, OthersTakeWhatASlowMemberHasLeft) {
  constexpr int kMembers = 2;
  Loops loops({32}, kMembers);
  loops.slow_member = 1;
  loops.run(kMembers);
  for (size_t i = 0; i < 32; ++i) EXPECT_EQ(loops.dealt[i], 1);
  EXPECT_LT(loops.taken[1], 16) << "it did its whole share";
}

TEST(BaseThreadPool, ATeamOfOneGetsAllInOrder) {
  Team team = Team::solo();
  for (int loop = 0; loop < 3; ++loop) {
    for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(team.claim(5), i);
    EXPECT_EQ(team.claim(5), -1);
  }
}

/// Members of a team that meet at a barrier: it hangs where one of them never comes.
int members_that_meet(int threads) {
  std::atomic<int> met{0};
  ThreadPool::instance().run(
      threads,
      [](Team& team, void* count) {
        ++*static_cast<std::atomic<int>*>(count);
        team.barrier();
      },
      &met);
  return met;
}

/// What `child` returns in a forked process that may take 30 seconds; -1 where it does not end by itself.
template <class F>
int in_a_child(F child) {
  const pid_t pid = fork();
  if (pid == 0) {
    is_child = true;
    alarm(30);
    std::exit(child());  // with the pool's end, as a program has it
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(BaseThreadPool, WorksOnInBothHalvesOfAFork) {
  EXPECT_EQ(members_that_meet(3), 3);
  EXPECT_EQ(in_a_child([] {
              const int grandchild = in_a_child([] { return members_that_meet(4); });
              return grandchild == 4 ? members_that_meet(3) : 99;
            }),
            3);
  EXPECT_EQ(members_that_meet(3), 3);
}

TEST(BaseThreadPool, WhereNoThreadCanBeHadTheCallerWorksAlone) {
  EXPECT_EQ(in_a_child([] {
              if (geteuid() == 0 && setuid(65534) != 0) return 98;  // root has no such limit
              const rlimit none{0, 0};
              return setrlimit(RLIMIT_NPROC, &none) == 0 ? members_that_meet(3) : 99;
            }),
            1);
}

TEST(BaseThreadPool, AKnobThatIsNoNumberIsAnError) {
  // The pool reads it once: this takes a process of its own.
  const std::string command = "LATHE_SPIN_US=soon GTEST_TOTAL_SHARDS=1 GTEST_SHARD_INDEX=0 " +
                              std::filesystem::read_symlink("/proc/self/exe").string() +
                              " --gtest_filter=BaseThreadPool.EachItemIsDealtOnce 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  for (int c; (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  const int status = pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << output;
  EXPECT_NE(output.find("LATHE_SPIN_US: 'soon' is not accepted"), std::string::npos) << output;
}

}  // namespace
}  // namespace lathe
