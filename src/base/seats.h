#pragma once
#include <sched.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace lathe {

/// Which processors the threads of one run have taken, so that no two of them share one while another lies idle.
///
/// A woken thread often lands on the processor of whoever woke it, as all others look busy for the moment, and the
/// scheduler's balancing notices only milliseconds later: longer than a run of a short text, which then takes three to
/// four times as long, each thread waiting at every barrier for the other to be given the processor.
class Seats {
 public:
  /// Notes the processor that the calling thread runs on as taken. For the caller of a run, whose thread is not ours:
  /// it is never moved.
  void keep() noexcept;
  /// For a worker: takes the processor that the calling thread runs on. Where another thread has it, moves to a free
  /// one among those that the thread may use; where none is free, stays. The thread's affinity is the same afterwards;
  /// one that somebody else sets meanwhile stays as they set it.
  void take() noexcept;

 private:
  bool mark(int processor) noexcept;  ///< false: another thread has it
  std::array<std::atomic<uint64_t>, CPU_SETSIZE / 64> taken_{};
};

}  // namespace lathe
