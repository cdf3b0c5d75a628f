// Inner loops are assembly: a compiler would move, spill or fold them. Twelve (AVX2) or twenty-four accumulators hide
// the latency of two units; tiles have eight registers, of which four accumulate.
#include "kernels/cpu/peak/peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <thread>

#include "base/cpu.h"
#include "base/pages.h"

namespace lathe::kernels {
namespace {
using Clock = std::chrono::steady_clock;
constexpr double kSeconds = 0.08;  // long against a timer tick, short enough to take turns with other measurements
constexpr int kRepeats = 20'000;   // loop turns a call

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

#define FMA4(op, r, a, b, c, d)                                                                                        \
  op " %%" r "15,%%" r "15,%%" r a "\n" op " %%" r "15,%%" r "15,%%" r b "\n" op " %%" r "15,%%" r "15,%%" r c "\n" op \
     " %%" r "15,%%" r "15,%%" r d "\n"
#define OPS12(op, r) FMA4(op, r, "0", "1", "2", "3") FMA4(op, r, "4", "5", "6", "7") FMA4(op, r, "8", "9", "10", "11")
#define OPS24(op, r) \
  OPS12(op, r)       \
  FMA4(op, r, "16", "17", "18", "19") FMA4(op, r, "20", "21", "22", "23") FMA4(op, r, "24", "25", "26", "27")
#define LOW_REGISTERS \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm15"
#define HIGH_REGISTERS \
  "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27"

__attribute__((target("avx2,fma"))) void fp32_avx2() {
  __asm__ volatile("vxorps %%ymm15,%%ymm15,%%ymm15" ::: "xmm15");
  for (int i = 0; i < kRepeats; ++i) __asm__ volatile(OPS12("vfmadd231ps", "ymm")::: LOW_REGISTERS);
  __asm__ volatile("vzeroupper" ::: "memory");
}

__attribute__((target("avx512f"))) void fp32_avx512() {
  __asm__ volatile("vpxorq %%zmm15,%%zmm15,%%zmm15" ::: "xmm15");
  for (int i = 0; i < kRepeats; ++i) __asm__ volatile(OPS24("vfmadd231ps", "zmm")::: LOW_REGISTERS, HIGH_REGISTERS);
  __asm__ volatile("vzeroupper" ::: "memory");
}

__attribute__((target("avx512f"))) void bf16_avx512() {
  __asm__ volatile("vpxorq %%zmm15,%%zmm15,%%zmm15" ::: "xmm15");
  for (int i = 0; i < kRepeats; ++i) __asm__ volatile(OPS24("vdpbf16ps", "zmm")::: LOW_REGISTERS, HIGH_REGISTERS);
  __asm__ volatile("vzeroupper" ::: "memory");
}

void bf16_amx() {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  __asm__ volatile("ldtilecfg %0" ::"m"(config));
  for (int i = 0; i < kRepeats; ++i)
    __asm__ volatile(
        "tdpbf16ps %%tmm6,%%tmm4,%%tmm0\ntdpbf16ps %%tmm7,%%tmm4,%%tmm1\n"
        "tdpbf16ps %%tmm6,%%tmm5,%%tmm2\ntdpbf16ps %%tmm7,%%tmm5,%%tmm3" ::);
  __asm__ volatile("tilerelease" ::: "memory");
}

/// One stream with prefetch ahead is the fastest: several would alias in the first cache.
__attribute__((target("avx2"))) void read_bytes(const std::byte* data, size_t bytes) {
  const std::byte* end = data + bytes;
  for (; data < end; data += 256)
    __asm__ volatile(
        "prefetcht0 4096(%0)\nprefetcht0 4160(%0)\nprefetcht0 4224(%0)\nprefetcht0 4288(%0)\n"
        "vmovaps (%0),%%ymm0\nvmovaps 32(%0),%%ymm1\nvmovaps 64(%0),%%ymm2\nvmovaps 96(%0),%%ymm3\n"
        "vmovaps 128(%0),%%ymm4\nvmovaps 160(%0),%%ymm5\nvmovaps 192(%0),%%ymm6\nvmovaps 224(%0),%%ymm7" ::"r"(data)
        : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "memory");
  __asm__ volatile("vzeroupper" ::: "memory");
}

/// The summed rate of `threads` that call work(thread) until time is up; `amount` is what one call does. All start
/// together after one call to warm up.
template <class Work>
double rate(int threads, double amount, Work work) {
  std::atomic<int> ready{0};
  std::vector<double> rates(static_cast<size_t>(threads));
  auto member = [&](int t) {
    work(t);
    ready.fetch_add(1);
    while (ready.load(std::memory_order_relaxed) < threads) std::this_thread::yield();
    Clock::time_point start = Clock::now();
    int64_t calls = 0;
    double seconds = 0;
    do {
      work(t);
      ++calls;
      seconds = seconds_since(start);
    } while (seconds < kSeconds);
    rates[static_cast<size_t>(t)] = static_cast<double>(calls) * amount / seconds;
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(member, t);
  member(0);
  for (std::thread& thread : others) thread.join();
  double sum = 0;
  for (double r : rates) sum += r;
  return sum;
}

struct Path {
  std::string_view name;
  Isa needs;
  void (*run)();
  double flops_per_turn;
};
constexpr Path kPaths[] = {
    {"fp32_avx2", Isa::avx2, fp32_avx2, 12 * 8 * 2},
    {"fp32_avx512", Isa::avx512, fp32_avx512, 24 * 16 * 2},
    {"bf16_avx512", Isa::avx512_bf16, bf16_avx512, 24 * 32 * 2},
    {"bf16_amx", Isa::amx_bf16, bf16_amx, 4 * 16 * 16 * 32 * 2},
};

}  // namespace

Peaks measure_peaks(int threads) {
  Peaks peaks;
  peaks.threads = threads;
  for (const Path& path : kPaths) {
    if (!active_features().contains(needs_of(path.needs))) continue;
    const double gflops = rate(threads, kRepeats * path.flops_per_turn, [&](int) { path.run(); }) / 1e9;
    double& best = path.name.starts_with("fp32") ? peaks.fp32_gflops : peaks.bf16_gflops;
    best = std::max(best, gflops);
    peaks.paths.emplace_back(path.name, gflops);
  }
  return peaks;
}

double measure_read_rate(int threads, size_t bytes) {
  constexpr size_t kGrain = 4096;
  const auto count = static_cast<size_t>(threads);
  const size_t part = std::max(bytes / count / kGrain * kGrain, kGrain), total = part * count;
  const Pages pages(total);
  std::memset(pages.data(), 1, total);
  return rate(threads, static_cast<double>(part),
              [&](int t) { read_bytes(pages.data() + part * static_cast<size_t>(t), part); }) /
         1e9;
}

}  // namespace lathe::kernels
