// Times batches of products of values on every kernel that this machine can run, beside the median of the peak
// rates of multiply-adds that it shows in between.
//
//   bench/lab/lab.sh matmul_lab BUILD OUT   builds it
//   matmul_lab [--kernel part-of-name] [--case part-of-name] [--threads 1] [--ms 200]
//
// Of one thread its own time counts, so that neighbours on the machine count little.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/cpu/matmul/matmul.h"
#include "peak_rates.h"

namespace {

using namespace lathe;

struct Case {
  const char* what;
  int64_t batch, m, k, n;
  bool turned_a, turned_b, one_b;  ///< A as [k, m], B as [n, k], one B for all
};
constexpr Case kCases[] = {
    {"scores, 12 heads", 12, 128, 64, 128, false, true, false},
    {"context, 12 heads", 12, 128, 128, 64, false, false, false},
    {"scores, 32 texts", 384, 128, 64, 128, false, true, false},
    {"context, 32 texts", 384, 128, 128, 64, false, false, false},
    {"long scores", 12, 1024, 64, 1024, false, true, false},
    {"square", 1, 768, 768, 768, false, false, false},
    {"square, both turned", 1, 768, 768, 768, true, true, false},
    {"one B for all", 8, 128, 256, 256, true, false, true},
    {"vector", 1, 1, 768, 768, false, false, false},
    {"vector, turned", 1, 1, 768, 768, false, true, false},
    {"matrix by vector", 1, 768, 768, 1, false, false, false},
    {"small", 1, 3, 5, 7, false, false, false},
    {"1000 small", 1000, 3, 5, 7, false, false, false},
    {"8 rows", 1, 8, 768, 768, false, false, false},
    {"4 rows", 1, 4, 768, 768, false, false, false},
    {"12 rows", 1, 12, 768, 768, false, false, false},
    {"500 of 16", 500, 16, 16, 16, false, false, false},
    {"500 of 24", 500, 24, 24, 24, false, false, false},
    {"300 of 32", 300, 32, 32, 32, false, false, false},
    {"300 of 32 turned", 300, 32, 32, 32, false, true, false},
    {"200 odd", 200, 31, 33, 35, false, false, false},
};

/// Zeros, in every type.
std::vector<std::byte> data(const cpu::MatMulKernel& kernel, int64_t elements) {
  return std::vector<std::byte>(static_cast<size_t>(elements) * size_of(kernel.type));
}

/// The least and the median of microseconds of a call.
struct Times {
  double least, median;
};
Times time(const cpu::MatMulKernel& kernel, const Case& of, int threads, double budget) {
  const std::vector<std::byte> a = data(kernel, of.batch * of.m * of.k);
  const std::vector<std::byte> b = data(kernel, (of.one_b ? 1 : of.batch) * of.k * of.n);
  std::vector<std::byte> y = data(kernel, of.batch * of.m * of.n);
  std::vector<std::byte> memory(kernel.workspace_bytes(of.m, of.n, of.k, threads) + 64);
  cpu::MatMulArgs args;
  args.a = a.data();
  args.b = b.data();
  args.y = y.data();
  args.m = of.m;
  args.n = of.n;
  args.k = of.k;
  args.a_row = of.turned_a ? 1 : of.k;
  args.a_column = of.turned_a ? of.m : 1;
  args.b_row = of.turned_b ? 1 : of.n;
  args.b_column = of.turned_b ? of.k : 1;
  args.rank = 1;
  args.size[0] = of.batch;
  args.a_step[0] = of.m * of.k;
  args.b_step[0] = of.one_b ? 0 : of.k * of.n;
  args.y_step[0] = of.m * of.n;
  args.workspace = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
  std::vector<double> times;
  const double flops = 2.0 * static_cast<double>(of.batch * of.m * of.n * of.k);
  const int repeats = static_cast<int>(std::clamp(2e7 / flops, 1.0, 1000.0));
  for (double spent = 0; spent < budget || times.size() < 9;) {
    const double start = cpu::now();
    cpu::on_team(threads, [&](Team& team) {
      for (int i = 0; i < repeats; ++i) {
        kernel.run(args, team);
        team.barrier();
      }
    });
    const double seconds = cpu::now() - start;
    spent += seconds;
    times.push_back(seconds * 1e6 / repeats);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 10], times[times.size() / 2]};
}

}  // namespace

int main(int argc, char** argv) {
  std::string part, wanted;
  int threads = 1;
  double budget = 0.2;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--kernel")) part = argv[i + 1];
    if (!std::strcmp(argv[i], "--case")) wanted = argv[i + 1];
    if (!std::strcmp(argv[i], "--threads")) threads = std::stoi(argv[i + 1]);
    if (!std::strcmp(argv[i], "--ms")) budget = std::stod(argv[i + 1]) / 1000;
  }
  cpu::cpu_time = threads == 1;
  for (const cpu::MatMulKernel& kernel : cpu::matmul_kernels()) {
    if (std::string(kernel.name).find(part) == std::string::npos) continue;
    if (!machine_features().contains(needs_of(kernel.isa))) continue;
    const cpu::Peak peak_code = cpu::peak_of(*cpu::find_gemm(kernel.product));
    for (const Case& of : kCases) {
      if (std::string(of.what).find(wanted) == std::string::npos) continue;
      std::vector<double> peaks;
      const auto measure_peak = [&] {
        for (int i = 0; i < 5; ++i) peaks.push_back(cpu::peak_rate(peak_code, threads) * 1e-9);
      };
      measure_peak();
      const Times t = time(kernel, of, threads, budget);
      measure_peak();
      const double peak = cpu::median(peaks);
      const double flops = 2.0 * static_cast<double>(of.batch * of.m * of.n * of.k);
      std::printf(
          "%-18s %-20s %4ld x [%ld, %ld] x [%ld, %ld] %10.2f us, median %10.2f, %7.1f GFLOP/s, %3.0f %% of %.0f\n",
          kernel.name, of.what, of.batch, of.m, of.k, of.k, of.n, t.least, t.median, flops / t.least * 1e-3,
          flops / t.least * 0.1 / peak, peak);
      std::fflush(stdout);
    }
  }
}
