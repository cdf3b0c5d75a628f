#pragma once
// What labs measure beside kernels: the peak rates of a team, and time.
#include <immintrin.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <vector>

#include "kernels/cpu/gemm/gemm.h"

namespace lathe::cpu {
namespace {

/// Time of the calling thread instead of the wall clock.
[[maybe_unused]] bool cpu_time = false;

double now() {
  timespec t{};
  clock_gettime(cpu_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

void on_team(int threads, std::function<void(Team&)> body) {
  ThreadPool::instance().run(
      threads, [](Team& team, void* argument) { (*static_cast<std::function<void(Team&)>*>(argument))(team); }, &body);
}

// Peak rates: twelve or more independent chains in registers. Each answers floating-point operations done.

__attribute__((target("avx2,fma"))) double peak_avx2(int64_t rounds) {
  __m256 s[12];
  for (int i = 0; i < 12; ++i) s[i] = _mm256_set1_ps(static_cast<float>(i));
  __m256 a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
  for (int64_t r = 0; r < rounds; ++r)
    __asm__ volatile(
        "vfmadd231ps %12, %13, %0\n vfmadd231ps %12, %13, %1\n vfmadd231ps %12, %13, %2\n vfmadd231ps %12, %13, %3\n"
        "vfmadd231ps %12, %13, %4\n vfmadd231ps %12, %13, %5\n vfmadd231ps %12, %13, %6\n vfmadd231ps %12, %13, %7\n"
        "vfmadd231ps %12, %13, %8\n vfmadd231ps %12, %13, %9\n vfmadd231ps %12, %13, %10\n vfmadd231ps %12, %13, %11\n"
        : "+x"(s[0]), "+x"(s[1]), "+x"(s[2]), "+x"(s[3]), "+x"(s[4]), "+x"(s[5]), "+x"(s[6]), "+x"(s[7]), "+x"(s[8]),
          "+x"(s[9]), "+x"(s[10]), "+x"(s[11])
        : "x"(a), "x"(b));
  return static_cast<double>(rounds) * 12 * 16;
}

#define LATHE_TWELVE(op)                                                                                             \
  __asm__ volatile(op " %12, %13, %0\n" op " %12, %13, %1\n" op " %12, %13, %2\n" op " %12, %13, %3\n" op            \
                      " %12, %13, %4\n" op " %12, %13, %5\n" op " %12, %13, %6\n" op " %12, %13, %7\n" op            \
                      " %12, %13, %8\n" op " %12, %13, %9\n" op " %12, %13, %10\n" op " %12, %13, %11\n"             \
                   : "+v"(s[0]), "+v"(s[1]), "+v"(s[2]), "+v"(s[3]), "+v"(s[4]), "+v"(s[5]), "+v"(s[6]), "+v"(s[7]), \
                     "+v"(s[8]), "+v"(s[9]), "+v"(s[10]), "+v"(s[11])                                                \
                   : "v"(a), "v"(b))

__attribute__((target("avx512f"))) double peak_avx512(int64_t rounds) {
  __m512 s[12];
  for (int i = 0; i < 12; ++i) s[i] = _mm512_set1_ps(static_cast<float>(i));
  __m512 a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
  for (int64_t r = 0; r < rounds; ++r) LATHE_TWELVE("vfmadd231ps");
  return static_cast<double>(rounds) * 12 * 32;
}

__attribute__((target("avx512f,avx512bf16"))) double peak_bf16(int64_t rounds) {
  __m512 s[12];
  for (int i = 0; i < 12; ++i) s[i] = _mm512_set1_ps(static_cast<float>(i));
  __m512 a = _mm512_castsi512_ps(_mm512_set1_epi16(0x3f00)), b = a;
  for (int64_t r = 0; r < rounds; ++r) LATHE_TWELVE("vdpbf16ps");
  return static_cast<double>(rounds) * 12 * 64;
}

__attribute__((target("amx-tile,amx-bf16"))) double peak_amx(int64_t rounds) {
  struct alignas(64) Config {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t columns[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  alignas(64) static const uint8_t zeros[1024] = {};
  __asm__ volatile("" ::"r"(&config) : "memory");  // the compiler thinks that few bytes of it are read
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, zeros, 64);
  _tile_loadd(5, zeros, 64);
  _tile_loadd(6, zeros, 64);
  _tile_loadd(7, zeros, 64);
  for (int64_t r = 0; r < rounds; ++r) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return static_cast<double>(rounds) * 4 * 2 * 16 * 16 * 32;
}

using Peak = double (*)(int64_t rounds);
Peak peak_of(const GemmKernel& kernel) {
  if (kernel.isa == Isa::amx_bf16) return peak_amx;
  if (kernel.w == DType::bf16) return peak_bf16;
  return kernel.isa == Isa::avx2 ? peak_avx2 : peak_avx512;
}

/// Floating-point operations a second of a team, over about a millisecond.
double peak_rate(Peak peak, int threads) {
  constexpr int64_t kRounds = 60000;
  std::vector<double> done(static_cast<size_t>(threads) * 8);
  double start = 0, end = 0;
  on_team(threads, [&](Team& team) {
    team.barrier();
    if (team.rank() == 0) start = now();
    done[static_cast<size_t>(team.rank()) * 8] = peak(peak == peak_amx ? kRounds / 4 : kRounds);
    team.barrier();
    if (team.rank() == 0) end = now();
  });
  double total = 0;
  for (int i = 0; i < threads; ++i) total += done[static_cast<size_t>(i) * 8];
  return total / (end - start);
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

}  // namespace
}  // namespace lathe::cpu
