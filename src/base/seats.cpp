#include "base/seats.h"

namespace lathe {

bool Seats::mark(int processor) noexcept {
  const uint64_t bit = uint64_t{1} << (processor % 64);
  return (taken_[static_cast<size_t>(processor / 64)].fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
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
    // Once there, being allowed elsewhere moves nobody.
    if (sched_setaffinity(0, sizeof one, &one) == 0) sched_setaffinity(0, sizeof allowed, &allowed);
    return;
  }
}

}  // namespace lathe
