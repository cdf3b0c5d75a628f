#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace lathe {

/// What a member of a running team sees: its rank, the team's size, a barrier for all members, work dealt out.
/// Every member calls the same functions in the same order (single program, multiple data).
class Team {
 public:
  struct Shared;
  Team(int rank, int size, Shared* shared) : rank_(rank), size_(size), shared_(shared) {}
  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Returns once all members have called it; their writes before it are visible after it.
  void barrier() noexcept {
    if (size_ > 1) wait();
  }
  /// The half-open part [begin, end) of `count` items that is this member's, in even contiguous shares.
  struct Range {
    int64_t begin, end;
  };
  Range share(int64_t count) const { return part_of({0, count}, rank_, size_); }
  /// The i-th of `parts` even contiguous parts.
  static Range part_of(const Range& whole, int64_t i, int64_t parts) {
    const int64_t length = whole.end - whole.begin;
    return {whole.begin + length * i / parts, whole.begin + length * (i + 1) / parts};
  }
  /// Deals the items 0 .. count - 1 of a loop out, each to one member; -1 when none is left. A member gets its own even
  /// share in rising order, then, one at a time, what others, held up by whatever else their cores do, have left of
  /// theirs. All members give the same count; at most one loop between two barriers.
  int64_t claim(int64_t count) noexcept;

  /// The team of one: the caller alone.
  static Team solo() { return Team(0, 1, nullptr); }

 private:
  void wait() noexcept;
  int64_t take(int member, const Range& share) noexcept;
  int64_t taken(uint64_t counter) const;
  int rank_, size_;
  Shared* shared_;
  uint32_t phase_ = 1;  ///< barriers passed: what others took before the last one does not count
  int64_t taken_ = 0;   ///< by a team of one
};

/// The process's one pool. A run enlists up to `threads - 1` sleeping workers beside its caller; a second run at the
/// same time gets the workers that are left, at least its caller alone. Workers that wait long go to sleep. A process
/// that forks between runs works on in both halves: the child starts workers of its own. Where the system gives no
/// thread, the workers that are there, at least the caller, do the work.
class ThreadPool {
 public:
  /// Error(invalid_argument) where a knob of the pool has a value that it cannot have.
  static ThreadPool& instance();
  static constexpr int kMaxThreads = 256;  ///< members of a team; more are not enlisted
  /// Calls function(team, argument) on each member of a team of at most `threads` and returns when all have returned.
  /// Allocates nothing once `threads` workers exist. The function must not throw.
  using Function = void (*)(Team& team, void* argument);
  void run(int threads, Function function, void* argument) noexcept;
  /// As many as cpu_info().cores, or what the knob LATHE_THREADS says.
  static int default_threads();
  /// How many members a run gets that asks for so many: default_threads() for 0, kMaxThreads at most.
  /// Error(invalid_argument) for a negative number.
  static int members_for(int asked);
  ~ThreadPool();

 private:
  ThreadPool();
  struct Worker;
  struct Crew;
  Crew* crew(int wanted);
  static std::chrono::microseconds spin_time();
  static void lock_before_fork();
  static void unlock_in_parent();
  static void begin_again_in_child();

  const std::chrono::microseconds spin_;  ///< read once, where an error can be told: workers cannot
  static std::mutex growth_;
  static std::atomic<Crew*> crew_;  ///< null: no worker was needed yet
  static Crew* parents_crew_;       ///< of the process that this one was forked from: can be neither used nor destroyed
};

}  // namespace lathe
