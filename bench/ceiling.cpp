// What this machine can do at most, measured: multiply-add rates by type and instruction set, and the rate at which
// memory is read.
//
//   lathe_ceiling [--threads N] [--bytes B]    measures once and prints one JSON line
//   lathe_ceiling --interactive                for each line "THREADS [BYTES]" on stdin: measures, prints one JSON line
//
//   {"threads": 1, "fp32_gflops": 78.1, "bf16_gflops": 0, "read_gbps": 18.3, "read_bytes": 268435456,
//    "paths": {"fp32_avx2": 78.1, ...}}
// A multiply and an add count as two. fp32_gflops and bf16_gflops are the best of their paths, 0 where the machine has
// none. BYTES is the working set that the threads read over and over, in equal parts: give the size of a model's
// weights to learn at what rate those can be streamed (from a cache, where they fit into one).
//
// Inner loops are assembly: a compiler would move, spill or fold them. Twelve (AVX2) or twenty-four accumulators hide
// the latency of two units; tiles have eight registers, of which four accumulate.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "lathe/error.h"

namespace {
using Clock = std::chrono::steady_clock;
constexpr double kSeconds = 0.08;  // a measurement: long against a timer tick, short enough to take turns with others
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

/// Eight streams a 4 KiB apart would alias in the first cache; one stream with the hardware's prefetch is the fastest.
__attribute__((target("avx2"))) void read_bytes(const uint8_t* data, size_t bytes) {
  const uint8_t* end = data + bytes;
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

/// Memory that is kept between measurements, so that an interactive run does not fault pages in again.
class Buffer {
 public:
  const uint8_t* get(size_t bytes) {
    constexpr size_t kAlignment = 4096;
    if (bytes > size_) {
      std::free(memory_);
      memory_ = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, bytes));
      if (!memory_) throw std::bad_alloc();
      std::memset(memory_, 1, bytes);
      size_ = bytes;
    }
    return memory_;
  }
  ~Buffer() { std::free(memory_); }

 private:
  uint8_t* memory_ = nullptr;
  size_t size_ = 0;
};

struct Path {
  const char* name;
  lathe::Isa needs;
  void (*run)();
  double flops_per_turn;
};
constexpr Path kPaths[] = {
    {"fp32_avx2", lathe::Isa::avx2, fp32_avx2, 12 * 8 * 2},
    {"fp32_avx512", lathe::Isa::avx512, fp32_avx512, 24 * 16 * 2},
    {"bf16_avx512", lathe::Isa::avx512_bf16, bf16_avx512, 24 * 32 * 2},
    {"bf16_amx", lathe::Isa::amx_bf16, bf16_amx, 4 * 16 * 16 * 32 * 2},
};

void measure(int threads, size_t bytes, Buffer* buffer) {
  double fp32 = 0, bf16 = 0;
  std::string paths;
  for (const Path& path : kPaths) {
    if (lathe::machine_isa() < path.needs) continue;
    double gflops = rate(threads, kRepeats * path.flops_per_turn, [&](int) { path.run(); }) / 1e9;
    double& best = std::string_view(path.name).starts_with("fp32") ? fp32 : bf16;
    best = std::max(best, gflops);
    char text[80];
    std::snprintf(text, sizeof text, "%s\"%s\": %.1f", paths.empty() ? "" : ", ", path.name, gflops);
    paths += text;
  }
  constexpr size_t kGrain = 4096;
  size_t part = std::max(bytes / static_cast<size_t>(threads) / kGrain * kGrain, kGrain);
  const uint8_t* data = buffer->get(part * static_cast<size_t>(threads));
  double read =
      rate(threads, static_cast<double>(part), [&](int t) { read_bytes(data + part * static_cast<size_t>(t), part); });
  std::printf(
      "{\"threads\": %d, \"fp32_gflops\": %.1f, \"bf16_gflops\": %.1f, \"read_gbps\": %.2f, \"read_bytes\": %zu, "
      "\"paths\": {%s}}\n",
      threads, fp32, bf16, read / 1e9, part * static_cast<size_t>(threads), paths.c_str());
  std::fflush(stdout);
}

bool valid(long threads, long long bytes) {
  return threads >= 1 && threads <= 1024 && bytes >= 4096 && bytes <= (1LL << 36);
}

int usage() {
  std::fprintf(stderr, "usage: lathe_ceiling [--threads N] [--bytes B] | --interactive\n");
  return 2;
}
}  // namespace

int main(int argc, char** argv) try {
  constexpr long long kDefaultBytes = 256LL << 20;
  long threads = 1;
  long long bytes = kDefaultBytes;
  bool interactive = false;
  for (int i = 1; i < argc; ++i) {
    std::string_view option = argv[i];
    if (option == "--interactive")
      interactive = true;
    else if (option == "--threads" && i + 1 < argc)
      threads = std::atol(argv[++i]);
    else if (option == "--bytes" && i + 1 < argc)
      bytes = std::atoll(argv[++i]);
    else
      return usage();
  }
  Buffer buffer;
  if (!interactive) {
    if (!valid(threads, bytes)) return usage();
    measure(static_cast<int>(threads), static_cast<size_t>(bytes), &buffer);
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    threads = 0;
    bytes = kDefaultBytes;
    words >> threads >> bytes;
    if (words.fail() && !words.eof()) threads = 0;
    if (bytes == 0) bytes = kDefaultBytes;
    if (!valid(threads, bytes)) return usage();
    measure(static_cast<int>(threads), static_cast<size_t>(bytes), &buffer);
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "lathe_ceiling: %s\n", e.what());
  return 1;
}
