#include "base/seats.h"

#include <gtest/gtest.h>

#include <thread>

namespace lathe {
namespace {

cpu_set_t affinity() {
  cpu_set_t set;
  EXPECT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  return set;
}

cpu_set_t only(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return set;
}

/// Calls f(here) on a thread that may run anywhere and does run on one processor, `here`.
template <class F>
void on_a_thread(const cpu_set_t& allowed, int here, F f) {
  std::thread([&] {
    const cpu_set_t one = only(here);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    ASSERT_EQ(sched_setaffinity(0, sizeof allowed, &allowed), 0);
    f();
  }).join();
}

TEST(BaseSeats, AThreadLeavesAProcessorThatIsTaken) {
  const cpu_set_t allowed = affinity();
  if (CPU_COUNT(&allowed) < 2) GTEST_SKIP() << "one processor";
  int first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  // The scheduler may move a thread at any time: in one of a few tries it does not.
  bool moved = false;
  for (int tries = 0; tries < 20 && !moved; ++tries) {
    Seats seats;
    int taken = -1, entered = -1, left = -1;
    on_a_thread(allowed, first, [&] {
      taken = sched_getcpu();
      seats.take();
    });
    on_a_thread(allowed, first, [&] {
      entered = sched_getcpu();
      seats.take();
      left = sched_getcpu();
      const cpu_set_t after = affinity();
      EXPECT_TRUE(CPU_EQUAL(&after, &allowed));
    });
    moved = taken == first && entered == first && left != first;
  }
  EXPECT_TRUE(moved);
}

TEST(BaseSeats, TheCallerOfARunIsNeverMoved) {
  const cpu_set_t allowed = affinity();
  int first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  const cpu_set_t one = only(first);
  Seats seats;
  for (int i = 0; i < 2; ++i)
    on_a_thread(one, first, [&] {
      seats.keep();
      EXPECT_EQ(sched_getcpu(), first);
      const cpu_set_t after = affinity();
      EXPECT_TRUE(CPU_EQUAL(&after, &one));
    });
}

TEST(BaseSeats, WhereAllAreTakenAThreadStays) {
  const cpu_set_t allowed = affinity();
  int first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  const cpu_set_t one = only(first);
  Seats seats;
  for (int i = 0; i < 3; ++i)
    on_a_thread(one, first, [&] {
      seats.take();
      EXPECT_EQ(sched_getcpu(), first);
      const cpu_set_t after = affinity();
      EXPECT_TRUE(CPU_EQUAL(&after, &one));
    });
}

}  // namespace
}  // namespace lathe
