#include "base/seats.h"

#include <cstring>

namespace lathe {
namespace {

/// From `one` processor back to the `allowed` ones; once there, being allowed elsewhere moves nobody.
void restore(const cpu_set_t& one, const cpu_set_t& allowed) noexcept {
  cpu_set_t now;
  if (sched_getaffinity(0, sizeof now, &now) == 0 && !CPU_EQUAL(&now, &one)) return;  // somebody else's wish
  if (sched_setaffinity(0, sizeof allowed, &allowed) == 0) return;
  // None of them is left to this process: any will do, of which the system grants those of its cpuset.
  cpu_set_t any;
  std::memset(&any, 0xff, sizeof any);
  sched_setaffinity(0, sizeof any, &any);
}

}  // namespace

bool Seats::mark(int processor) noexcept {
  const uint64_t bit = uint64_t{1} << (processor % 64);
  return (taken_[static_cast<size_t>(processor / 64)].fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
}

void Seats::keep() noexcept {
  const int here = sched_getcpu();
  if (here >= 0 && here < CPU_SETSIZE) mark(here);
}

void Seats::take() noexcept {
  const int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE || mark(here)) return;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &allowed) || !mark(processor)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    if (sched_setaffinity(0, sizeof one, &one) == 0) restore(one, allowed);
    return;
  }
}

}  // namespace lathe
