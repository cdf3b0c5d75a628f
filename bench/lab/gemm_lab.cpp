// Times every product kernel that this machine can run, beside the machine's peak rates measured in between.
//
//   bench/lab/gemm_lab.sh   builds it
//   gemm_lab [--kernel part-of-name] [--threads 1,2] [--m 16,128] [--shape 768x2304,768x768] [--warm]
//   [--variants] [--huge] [--cpu-time] [--rounds 15]
//
// Weights go round a ring of copies larger than the last cache, as the layers of a network do; --warm keeps one copy;
// --huge puts them into huge pages.
// --cpu-time counts the time of the first thread instead of the wall clock: for one thread on a busy machine.
// In a round every kernel makes one call, in a new order each time, beside one measurement of the peak rate and one of
// the read bandwidth: on a machine shared with others only calls that took turns compare. Printed are the time that a
// tenth of the calls stay below, the median, for the former the share of the highest peak and the rate of weights, and
// which part of the time members worked rather than waited for the slowest.
#include <immintrin.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/half.h"
#include "gemm_variants.h"
#include "kernels/cpu/gemm/gemm.h"
#include "peak_rates.h"

using namespace lathe;
using namespace lathe::cpu;

namespace {

__attribute__((target("avx2"))) float read_all(const float* data, int64_t count) {
  __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
  for (int64_t i = 0; i + 32 <= count; i += 32) {
    _mm_prefetch(reinterpret_cast<const char*>(data + i) + 4096, _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(data + i) + 4096 + 64, _MM_HINT_T0);
    a = _mm256_add_ps(a, _mm256_loadu_ps(data + i));
    b = _mm256_add_ps(b, _mm256_loadu_ps(data + i + 8));
    c = _mm256_add_ps(c, _mm256_loadu_ps(data + i + 16));
    d = _mm256_add_ps(d, _mm256_loadu_ps(data + i + 24));
  }
  a = _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d));
  float out[8];
  _mm256_storeu_ps(out, a);
  return out[0] + out[1] + out[2] + out[3] + out[4] + out[5] + out[6] + out[7];
}

struct Ring {
  std::byte* base = nullptr;
  size_t bytes = 0, stride = 0, count = 0, next = 0;
};

/// Bytes a second that a team reads from a slice of the ring, a different one each time.
double read_rate(Ring& ring, int threads) {
  static size_t position = 0;
  [[maybe_unused]] static volatile float sink = 0;
  size_t slice = std::min<size_t>(ring.bytes / 2, size_t{16} << 20);
  position = (position + slice) % (ring.bytes - slice) / 64 * 64;
  double start = 0, end = 0;
  on_team(threads, [&](Team& team) {
    team.barrier();
    if (team.rank() == 0) start = now();
    auto [b, e] = team.share(static_cast<int64_t>(slice / 64));
    sink = read_all(reinterpret_cast<const float*>(ring.base + position + b * 64), (e - b) * 16);
    team.barrier();
    if (team.rank() == 0) end = now();
  });
  return static_cast<double>(slice) / (end - start);
}

struct Case {
  int64_t m, n, k;
  Activation activation;
  bool residual_norm;
};

/// A kernel's operands for a case, and what was measured.
struct Run {
  const GemmKernel* kernel;
  GemmArgs args;
  std::vector<std::byte> x, y, residual, workspace;
  std::vector<double> seconds;
  std::vector<double> busy;  ///< seconds of all members until their part was done
};

std::byte* aligned(std::vector<std::byte>& v, size_t bytes) {
  v.assign(bytes + 64, std::byte{});
  return v.data() + (64 - reinterpret_cast<uintptr_t>(v.data()) % 64);
}

Run prepare(const GemmKernel& kernel, int threads, const Case& c, const float* vector) {
  Run run{&kernel, {}, {}, {}, {}, {}, {}, {}};
  size_t x_size = size_of(kernel.x), y_size = size_of(kernel.y);
  GemmArgs& args = run.args;
  std::byte* x = aligned(run.x, static_cast<size_t>(c.m * c.k) * x_size);
  std::byte* residual = aligned(run.residual, static_cast<size_t>(c.m * c.n) * x_size);
  std::minstd_rand engine(1);
  for (int64_t i = 0; i < c.m * c.k; ++i) {
    float v = static_cast<float>(engine() % 1024) / 512.0f - 1.0f;
    uint16_t h = f32_to_bf16(v);
    if (x_size == 4)
      std::memcpy(x + 4 * i, &v, 4);
    else
      std::memcpy(x + 2 * i, &h, 2);
  }
  args.x = x;
  args.y = aligned(run.y, static_cast<size_t>(c.m * c.n) * y_size);
  args.m = c.m;
  args.n = args.y_stride = args.residual_stride = c.n;
  args.k = args.x_stride = c.k;
  args.bias = args.gamma = args.beta = vector;
  args.activation = c.activation;
  if (c.residual_norm) {
    args.residual = residual;
    args.layer_norm = true;
  }
  args.workspace = aligned(run.workspace, kernel.workspace_bytes(c.m, c.n, c.k, threads, args.layer_norm));
  return run;
}

/// All kernels take turns, one call at a time.
void run_case(const std::vector<const GemmKernel*>& kernels, int threads, const Case& c, Ring& ring, int rounds) {
  std::vector<float> vector(static_cast<size_t>(c.n), 0.5f);
  std::vector<Run> runs;
  for (const GemmKernel* kernel : kernels) runs.push_back(prepare(*kernel, threads, c, vector.data()));
  std::vector<double> reads, peaks;
  double flops = 2.0 * static_cast<double>(c.m) * static_cast<double>(c.n) * static_cast<double>(c.k);
  std::mt19937 engine(2);
  std::vector<size_t> order(runs.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (int round = 0; round <= rounds; ++round) {
    std::shuffle(order.begin(), order.end(), engine);
    peaks.push_back(peak_rate(peak_of(*kernels[0]), threads));
    reads.push_back(read_rate(ring, threads));
    for (size_t i : order) {
      Run& run = runs[i];
      size_t stride = (gemm_format(run.kernel->w).bytes(c.k, c.n) + 4095) / 4096 * 4096;
      size_t copies = ring.stride == 1 ? 1 : std::max<size_t>(1, ring.bytes / stride);
      GemmArgs args = run.args;
      args.w = ring.base + ring.next++ % copies * stride;
      double seconds = 0;
      std::vector<double> member(static_cast<size_t>(threads) * 8);
      on_team(threads, [&](Team& team) {
        team.barrier();
        double start = now();
        run.kernel->run(args, team);
        member[static_cast<size_t>(team.rank()) * 8] = now() - start;
        team.barrier();
        if (team.rank() == 0) seconds = now() - start;
      });
      if (round == 0) continue;
      run.seconds.push_back(seconds);
      run.busy.push_back(std::accumulate(member.begin(), member.end(), 0.0));
    }
  }
  double peak = *std::max_element(peaks.begin(), peaks.end());
  std::printf("threads %d, m %ld, n %ld, k %ld, %s; peak of the rounds: %.0f to %.0f GFLOP/s, read %.1f to %.1f GB/s\n",
              threads, c.m, c.n, c.k,
              c.residual_norm                    ? "residual + LayerNorm"
              : c.activation == Activation::gelu ? "gelu"
                                                 : "bias",
              *std::min_element(peaks.begin(), peaks.end()) * 1e-9, peak * 1e-9,
              *std::min_element(reads.begin(), reads.end()) * 1e-9,
              *std::max_element(reads.begin(), reads.end()) * 1e-9);
  for (Run& run : runs) {
    const double busy = std::accumulate(run.busy.begin(), run.busy.end(), 0.0) / threads /
                        std::accumulate(run.seconds.begin(), run.seconds.end(), 0.0);
    std::sort(run.seconds.begin(), run.seconds.end());
    double low = run.seconds[run.seconds.size() / 10], middle = median(run.seconds);
    auto w_bytes = static_cast<double>(gemm_format(run.kernel->w).bytes(c.k, c.n));
    std::printf(
        "  %-28s %9.4f ms in a tenth, %9.4f median: %5.1f%% of peak, %5.1f GB/s of weights, members busy %.0f%%\n",
        run.kernel->name, low * 1e3, middle * 1e3, 100 * flops / low / peak, w_bytes / low * 1e-9, 100 * busy);
  }
  std::fflush(stdout);
}

std::vector<int64_t> numbers(const char* text) {
  std::vector<int64_t> out;
  for (const char* p = text; *p;) {
    char* end = nullptr;
    out.push_back(std::strtol(p, &end, 10));
    p = *end ? end + 1 : end;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::string kernel_filter;
  std::vector<int64_t> threads = {1, 2}, ms = {1, 4, 16, 40, 128, 1024};
  std::vector<Case> shapes = {{0, 2304, 768, Activation::none, false}, {0, 768, 768, Activation::none, true},
                              {0, 3072, 768, Activation::gelu, false}, {0, 768, 3072, Activation::none, true},
                              {0, 1152, 384, Activation::none, false}, {0, 1536, 384, Activation::gelu, false},
                              {0, 384, 1536, Activation::none, true}};
  bool warm = false, variants = false, huge = false;
  int rounds = 15;
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    if (flag == "--warm")
      warm = true;
    else if (flag == "--huge")
      huge = true;
    else if (flag == "--variants")
      variants = true;
    else if (flag == "--cpu-time")
      cpu_time = true;
    else if (i + 1 >= argc)
      return std::fprintf(stderr, "%s needs a value\n", argv[i]), 2;
    else if (flag == "--kernel")
      kernel_filter = argv[++i];
    else if (flag == "--threads")
      threads = numbers(argv[++i]);
    else if (flag == "--m")
      ms = numbers(argv[++i]);
    else if (flag == "--rounds")
      rounds = std::max(2, std::atoi(argv[++i]));
    else if (flag == "--shape") {
      const std::vector<Case> known = std::move(shapes);
      shapes.clear();
      auto v = numbers(argv[++i]);
      for (size_t at = 0; at + 1 < v.size(); at += 2) {
        auto same =
            std::find_if(known.begin(), known.end(), [&](const Case& c) { return c.k == v[at] && c.n == v[at + 1]; });
        shapes.push_back(same != known.end() ? *same : Case{0, v[at + 1], v[at], Activation::none, false});
      }
    } else
      return std::fprintf(stderr, "unknown argument %s\n", argv[i]), 2;
  }
  const CpuInfo& info = cpu_info();
  std::printf("%s, %d cores, L1 %ld KB, L2 %ld KB, L3 %ld MB, %s\n", info.brand.c_str(), info.cores,
              info.l1d_bytes >> 10, info.l2_bytes >> 10, info.l3_bytes >> 20,
              std::string(to_string(name_of(machine_features()))).c_str());
  Ring ring;
  ring.bytes = std::max<size_t>(size_t{256} << 20, static_cast<size_t>(info.l3_bytes) * 3);
  constexpr size_t kHugePage = size_t{2} << 20;
  ring.base = static_cast<std::byte*>(std::aligned_alloc(kHugePage, ring.bytes / kHugePage * kHugePage + kHugePage));
  if (huge) madvise(ring.base, ring.bytes, MADV_HUGEPAGE);
  ring.stride = warm ? 1 : 0;
  for (size_t i = 0; i + 4 <= ring.bytes; i += 4) {  // 0x3c003c01 + ...: small finite values as f32 and as bf16
    uint32_t v = 0x3c003c00u | static_cast<uint32_t>(i / 4 % 97) | static_cast<uint32_t>(i / 4 % 89) << 16;
    std::memcpy(ring.base + i, &v, 4);
  }
  for (int64_t t : threads) {
    std::vector<double> reads;
    for (int i = 0; i < 15; ++i) reads.push_back(read_rate(ring, static_cast<int>(t)));
    std::printf("threads %ld: read %.1f GB/s", t, median(reads) * 1e-9);
    auto print = [&](const char* name, Isa isa, Peak peak) {
      if (!machine_features().contains(needs_of(isa))) return;
      std::vector<double> rates;
      for (int i = 0; i < 15; ++i) rates.push_back(peak_rate(peak, static_cast<int>(t)));
      std::printf(", %s %.1f GFLOP/s", name, median(rates) * 1e-9);
    };
    print("avx2 f32", Isa::avx2, peak_avx2);
    print("avx512 f32", Isa::avx512, peak_avx512);
    print("avx512 bf16", Isa::avx512_bf16, peak_bf16);
    print("amx bf16", Isa::amx_bf16, peak_amx);
    std::printf("\n");
  }
  std::vector<const GemmKernel*> kernels;
  for (const GemmKernel& kernel : gemm_kernels()) kernels.push_back(&kernel);
  if (variants) {
    for (const GemmKernel& kernel : lab_f32_variants) kernels.push_back(&kernel);
    for (const GemmKernel& kernel : lab_bf16_variants) kernels.push_back(&kernel);
    for (const GemmKernel& kernel : lab_amx_variants) kernels.push_back(&kernel);
  }
  std::erase_if(kernels, [&](const GemmKernel* kernel) {
    return !machine_features().contains(needs_of(kernel->isa)) ||
           std::string(kernel->name).find(kernel_filter) == std::string::npos;
  });
  if (kernels.empty()) return std::fprintf(stderr, "no kernel of that name runs here\n"), 2;
  for (const Case& shape : shapes)
    for (int64_t m : ms)
      for (int64_t t : threads) {
        Case c = shape;
        c.m = m;
        run_case(kernels, static_cast<int>(t), c, ring, rounds);
      }
}
