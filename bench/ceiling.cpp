// What this machine can do at most, measured (kernels/cpu/peak): multiply-add rates by type and instruction set, and
// the rate at which memory is read.
//
//   lathe_ceiling [--threads N] [--bytes B]    measures once and prints one JSON line
//   lathe_ceiling --interactive                for each line "THREADS [BYTES]" on stdin: measures, prints one JSON line
//
//   {"threads": 1, "fp32_gflops": 78.1, "bf16_gflops": 0, "read_gbps": 18.3, "read_bytes": 268435456,
//    "paths": {"fp32_avx2": 78.1, ...}}
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>

#include "kernels/cpu/peak/peak.h"

namespace {

void measure(int threads, size_t bytes) {
  lathe::kernels::Peaks peaks = lathe::kernels::measure_peaks(threads);
  std::string paths;
  for (const auto& [name, gflops] : peaks.paths) {
    char text[80];
    std::snprintf(text, sizeof text, "%s\"%s\": %.1f", paths.empty() ? "" : ", ", name.c_str(), gflops);
    paths += text;
  }
  std::printf(
      "{\"threads\": %d, \"fp32_gflops\": %.1f, \"bf16_gflops\": %.1f, \"read_gbps\": %.2f, \"read_bytes\": %zu, "
      "\"paths\": {%s}}\n",
      threads, peaks.fp32_gflops, peaks.bf16_gflops, lathe::kernels::measure_read_rate(threads, bytes), bytes,
      paths.c_str());
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
  if (!interactive) {
    if (!valid(threads, bytes)) return usage();
    measure(static_cast<int>(threads), static_cast<size_t>(bytes));
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
    measure(static_cast<int>(threads), static_cast<size_t>(bytes));
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "lathe_ceiling: %s\n", e.what());
  return 1;
}
