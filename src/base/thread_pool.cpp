#include "base/thread_pool.h"

#include <immintrin.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "base/knobs.h"

namespace lathe {
namespace {

const Knob threads_knob("LATHE_THREADS", "threads of a run where the call names none; 0: one a usable core", "0");
const Knob spin_knob("LATHE_SPIN_US", "microseconds a worker spins for the next run before it sleeps", "50");

constexpr int kMaxThreads = 256;
/// A barrier spins this long (some 50 us), then yields: members may outnumber the cores, or another process has them.
constexpr int kSpinsBeforeYield = 2000;

}  // namespace

void Team::wait() noexcept {
  uint32_t now = epoch_->load(std::memory_order_acquire);
  if (arrived_->fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<uint32_t>(size_)) {
    arrived_->store(0, std::memory_order_relaxed);
    epoch_->store(now + 1, std::memory_order_release);
    return;
  }
  for (int spins = 0; epoch_->load(std::memory_order_acquire) == now; ++spins) {
    if (spins < kSpinsBeforeYield)
      _mm_pause();
    else
      std::this_thread::yield();
  }
}

/// What one run shares among its members; lives on the caller's stack.
namespace {
struct Job {
  ThreadPool::Function function;
  void* argument;
  int size;
  alignas(64) std::atomic<uint32_t> arrived{0};
  alignas(64) std::atomic<uint32_t> epoch{0};
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

struct ThreadPool::State {
  std::mutex growth;
  std::atomic<int> count{0};
  std::unique_ptr<Worker> workers[kMaxThreads];

  static void serve(Worker& self) {
    using Clock = std::chrono::steady_clock;
    const auto spin = std::chrono::microseconds(spin_knob.integer(0, 1000000));
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
      Team team(self.rank, job->size, &job->arrived, &job->epoch);
      job->function(team, job->argument);
      self.job.store(nullptr, std::memory_order_relaxed);
      self.busy.store(false, std::memory_order_release);
      job->running.fetch_sub(1, std::memory_order_acq_rel);  // last touch: the caller may return now
    }
  }

  void grow(int wanted) {
    if (count.load(std::memory_order_acquire) >= wanted) return;
    std::lock_guard lock(growth);
    for (int i = count.load(); i < std::min(wanted, kMaxThreads); ++i) {
      workers[i] = std::make_unique<Worker>();
      workers[i]->thread = std::thread([this, i] { serve(*workers[i]); });
      count.store(i + 1, std::memory_order_release);
    }
  }
};

ThreadPool::ThreadPool() : state_(std::make_unique<State>()) {}

ThreadPool::~ThreadPool() {
  for (int i = 0; i < state_->count; ++i) {
    Worker& worker = *state_->workers[i];
    {
      std::lock_guard lock(worker.mutex);
      worker.stop.store(true);
    }
    worker.wake.notify_one();
    worker.thread.join();
  }
}

ThreadPool& ThreadPool::instance() {
  static ThreadPool pool;
  return pool;
}

int ThreadPool::default_threads() {
  auto wanted = static_cast<int>(threads_knob.integer(0, kMaxThreads));
  return wanted > 0 ? wanted : cpu_info().cores;
}

void ThreadPool::run(int threads, Function function, void* argument) noexcept {
  threads = std::clamp(threads, 1, kMaxThreads);
  Worker* team[kMaxThreads];
  int members = 0;
  if (threads > 1) {
    try {
      state_->grow(threads - 1);
    } catch (...) {  // no more threads to be had: the ones that are there do the work
    }
    int count = state_->count.load(std::memory_order_acquire);
    for (int i = 0; i < count && members < threads - 1; ++i) {
      bool idle = false;
      if (state_->workers[i]->busy.compare_exchange_strong(idle, true, std::memory_order_acq_rel))
        team[members++] = state_->workers[i].get();
    }
  }
  Job job{function, argument, members + 1, {}, {}, {}};
  job.running.store(members, std::memory_order_relaxed);
  for (int i = 0; i < members; ++i) {
    team[i]->rank = i + 1;
    team[i]->job.store(&job);
    if (team[i]->asleep.load()) {
      { std::lock_guard lock(team[i]->mutex); }  // the worker is now inside wait(): the notice cannot be lost
      team[i]->wake.notify_one();
    }
  }
  Team own(0, members + 1, &job.arrived, &job.epoch);
  function(own, argument);
  for (int spins = 0; job.running.load(std::memory_order_acquire) != 0; ++spins) {
    if (spins < kSpinsBeforeYield)
      _mm_pause();
    else
      std::this_thread::yield();
  }
}

}  // namespace lathe
