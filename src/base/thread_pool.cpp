#include "base/thread_pool.h"

#include <immintrin.h>
#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "base/error.h"
#include "base/knobs.h"
#include "base/seats.h"

namespace lathe {
namespace {

const Knob threads_knob("LATHE_THREADS", "threads of a run where the call names none; 0: one a usable core", "0");
const Knob spin_knob("LATHE_SPIN_US", "microseconds a worker spins for the next run before it sleeps", "200");

constexpr int kMaxThreads = ThreadPool::kMaxThreads;
/// A barrier spins this long (some 50 us), then yields: members may outnumber the cores, or another process has them.
constexpr int kSpinsBeforeYield = 2000;

}  // namespace

/// What the members of a team share. A member's counter is the phase of its last use and the items taken of its share.
struct Team::Shared {
  struct alignas(64) Counter {
    uint64_t value;
  };
  alignas(64) std::atomic<uint32_t> arrived{0};
  alignas(64) std::atomic<uint32_t> epoch{0};
  Counter taken[kMaxThreads];  ///< zero for as many as there are members; the rest is never touched

  explicit Shared(int size) {
    for (int i = 0; i < size; ++i) taken[i].value = 0;
  }
};

void Team::wait() noexcept {
  ++phase_;
  uint32_t now = shared_->epoch.load(std::memory_order_acquire);
  if (shared_->arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<uint32_t>(size_)) {
    shared_->arrived.store(0, std::memory_order_relaxed);
    shared_->epoch.store(now + 1, std::memory_order_release);
    return;
  }
  for (int spins = 0; shared_->epoch.load(std::memory_order_acquire) == now; ++spins) {
    if (spins < kSpinsBeforeYield)
      _mm_pause();
    else
      std::this_thread::yield();
  }
}

/// Items taken since the last barrier.
int64_t Team::taken(uint64_t counter) const {
  return counter >> 32 == phase_ ? static_cast<int64_t>(counter & 0xffffffffu) : 0;
}

/// The next item of a member's share, or -1.
int64_t Team::take(int member, const Range& share) noexcept {
  std::atomic_ref<uint64_t> counter(shared_->taken[member].value);
  uint64_t value = counter.load(std::memory_order_relaxed);
  while (true) {
    const int64_t item = share.begin + taken(value);
    if (item >= share.end) return -1;
    const uint64_t next = uint64_t{phase_} << 32 | static_cast<uint64_t>(taken(value) + 1);
    if (counter.compare_exchange_weak(value, next, std::memory_order_relaxed)) return item;
  }
}

int64_t Team::claim(int64_t count) noexcept {
  if (size_ == 1) {
    if (taken_ < count) return taken_++;
    taken_ = 0;
    return -1;
  }
  if (const int64_t item = take(rank_, share(count)); item >= 0) return item;
  while (true) {  // until a look at all finds nothing left
    int victim = -1;
    int64_t most = 0;
    for (int r = 0; r < size_; ++r) {
      const Range share = part_of({0, count}, r, size_);
      const uint64_t counter = std::atomic_ref<uint64_t>(shared_->taken[r].value).load(std::memory_order_relaxed);
      const int64_t left = share.end - share.begin - taken(counter);
      if (left > most) most = left, victim = r;
    }
    if (victim < 0) return -1;
    if (const int64_t item = take(victim, part_of({0, count}, victim, size_)); item >= 0) return item;
  }
}

/// One run; lives on the caller's stack.
namespace {
struct Job {
  ThreadPool::Function function;
  void* argument;
  int size;
  Team::Shared shared;
  Seats seats{};
  alignas(64) std::atomic<int> running{0};
};
}  // namespace

struct ThreadPool::Worker {
  alignas(64) std::atomic<Job*> job{nullptr};
  int rank = 0;
  std::atomic<bool> busy{false}, stop{false}, asleep{false};
  std::mutex mutex;
  std::condition_variable wake;
  std::thread thread;
};

/// The workers of this process, as many as runs have asked for so far.
struct ThreadPool::Crew {
  explicit Crew(std::chrono::microseconds spin_time) : spin(spin_time) {}
  ~Crew() {
    for (int i = 0; i < count; ++i) {
      Worker& worker = *workers[i];
      {
        std::lock_guard lock(worker.mutex);
        worker.stop.store(true);
      }
      worker.wake.notify_one();
      worker.thread.join();
    }
  }

  const std::chrono::microseconds spin;
  std::atomic<int> count{0};
  std::unique_ptr<Worker> workers[kMaxThreads];

  void serve(Worker& self) const {
    using Clock = std::chrono::steady_clock;
    while (true) {
      Job* job = nullptr;
      auto start = Clock::now();
      for (int i = 0; (job = self.job.load(std::memory_order_acquire)) == nullptr; ++i) {
        if (self.stop.load(std::memory_order_relaxed)) return;
        _mm_pause();
        if (i % 64 == 63 && Clock::now() - start > spin) {
          std::unique_lock lock(self.mutex);
          self.asleep.store(true);
          self.wake.wait(lock, [&] { return self.job.load() != nullptr || self.stop.load(); });
          self.asleep.store(false);
        }
      }
      job->seats.take();
      Team team(self.rank, job->size, &job->shared);
      job->function(team, job->argument);
      self.job.store(nullptr, std::memory_order_relaxed);
      self.busy.store(false, std::memory_order_release);
      job->running.fetch_sub(1, std::memory_order_acq_rel);  // last touch: the caller may return now
    }
  }

  void add_worker() {
    const int i = count.load();
    workers[i] = std::make_unique<Worker>();
    workers[i]->thread = std::thread([this, i] { serve(*workers[i]); });
    count.store(i + 1, std::memory_order_release);
  }
};

std::mutex ThreadPool::growth_;
std::atomic<ThreadPool::Crew*> ThreadPool::crew_{nullptr};
ThreadPool::Crew* ThreadPool::parents_crew_ = nullptr;

std::chrono::microseconds ThreadPool::spin_time() { return std::chrono::microseconds(spin_knob.integer(0, 1000000)); }

ThreadPool::ThreadPool() : spin_(spin_time()) {
  static const int once = pthread_atfork(lock_before_fork, unlock_in_parent, begin_again_in_child);
  static_cast<void>(once);
}

ThreadPool::~ThreadPool() { delete crew_.exchange(nullptr); }

// The growth lock is held over a fork, so that the child never sees half a worker.
void ThreadPool::lock_before_fork() { growth_.lock(); }
void ThreadPool::unlock_in_parent() { growth_.unlock(); }
void ThreadPool::begin_again_in_child() {
  // Threads do not live on in a child: that crew is a list of nobody, which can be neither woken nor joined.
  if (Crew* crew = crew_.exchange(nullptr)) parents_crew_ = crew;
  growth_.unlock();
}

ThreadPool& ThreadPool::instance() {
  static ThreadPool pool;
  return pool;
}

/// The crew, grown to `wanted` workers if that can be; null where there is none.
ThreadPool::Crew* ThreadPool::crew(int wanted) {
  Crew* crew = crew_.load(std::memory_order_acquire);
  if (crew && crew->count.load(std::memory_order_acquire) >= wanted) return crew;
  try {
    std::lock_guard lock(growth_);
    crew = crew_.load(std::memory_order_relaxed);
    if (!crew) crew_.store(crew = new Crew(spin_), std::memory_order_release);
    while (crew->count.load() < wanted) crew->add_worker();
  } catch (...) {  // no more threads to be had: the ones that are there do the work
  }
  return crew;
}

int ThreadPool::default_threads() {
  auto wanted = static_cast<int>(threads_knob.integer(0, kMaxThreads));
  return wanted > 0 ? wanted : cpu_info().cores;
}

int ThreadPool::members_for(int asked) {
  if (asked < 0)
    fail(ErrorCode::invalid_argument, "threads", "give a number, or 0 for as many as there are cores", "it is {}",
         asked);
  return std::min(asked > 0 ? asked : default_threads(), kMaxThreads);
}

void ThreadPool::run(int threads, Function function, void* argument) noexcept {
  threads = std::clamp(threads, 1, kMaxThreads);
  Worker* team[kMaxThreads];
  int members = 0;
  if (Crew* others = threads > 1 ? crew(threads - 1) : nullptr) {
    const int count = others->count.load(std::memory_order_acquire);
    for (int i = 0; i < count && members < threads - 1; ++i) {
      bool idle = false;
      if (others->workers[i]->busy.compare_exchange_strong(idle, true, std::memory_order_acq_rel))
        team[members++] = others->workers[i].get();
    }
  }
  Job job{function, argument, members + 1, Team::Shared(members + 1), {}, {}};
  if (members > 0) job.seats.keep();
  job.running.store(members, std::memory_order_relaxed);
  for (int i = 0; i < members; ++i) {
    team[i]->rank = i + 1;
    team[i]->job.store(&job);
    if (team[i]->asleep.load()) {
      { std::lock_guard lock(team[i]->mutex); }  // the worker is now inside wait(): the notice cannot be lost
      team[i]->wake.notify_one();
    }
  }
  Team own(0, members + 1, &job.shared);
  function(own, argument);
  for (int spins = 0; job.running.load(std::memory_order_acquire) != 0; ++spins) {
    if (spins < kSpinsBeforeYield)
      _mm_pause();
    else
      std::this_thread::yield();
  }
}

}  // namespace lathe
