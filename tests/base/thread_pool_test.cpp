#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

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

}  // namespace
}  // namespace lathe
