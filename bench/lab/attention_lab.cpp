// Sweeps the attention kernels over shapes, types and team sizes and prints microseconds, GFLOP/s and the share of the
// multiply-add peak, which is measured beside each case because machines change speed.
//
//   attention_lab [--threads 1,2] [--heads 12] [--dims 64] [--shapes 1x16,8x128] [--kernel f32.avx2] [--ms 60]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/half.h"
#include "kernels/cpu/attention/attention.h"

namespace {

using namespace lathe;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Twelve independent chains of multiply-adds: the most that the machine does. In assembly, so that no copy creeps in.
void spin_avx2(int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    asm volatile(
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm0\n vfmadd231ps %%ymm14, %%ymm15, %%ymm1\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm2\n vfmadd231ps %%ymm14, %%ymm15, %%ymm3\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm4\n vfmadd231ps %%ymm14, %%ymm15, %%ymm5\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm6\n vfmadd231ps %%ymm14, %%ymm15, %%ymm7\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm8\n vfmadd231ps %%ymm14, %%ymm15, %%ymm9\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm10\n vfmadd231ps %%ymm14, %%ymm15, %%ymm11\n" ::
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
}

void spin_avx512(int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    asm volatile(
        "vfmadd231ps %%zmm14, %%zmm15, %%zmm0\n vfmadd231ps %%zmm14, %%zmm15, %%zmm1\n"
        "vfmadd231ps %%zmm14, %%zmm15, %%zmm2\n vfmadd231ps %%zmm14, %%zmm15, %%zmm3\n"
        "vfmadd231ps %%zmm14, %%zmm15, %%zmm4\n vfmadd231ps %%zmm14, %%zmm15, %%zmm5\n"
        "vfmadd231ps %%zmm14, %%zmm15, %%zmm6\n vfmadd231ps %%zmm14, %%zmm15, %%zmm7\n"
        "vfmadd231ps %%zmm14, %%zmm15, %%zmm8\n vfmadd231ps %%zmm14, %%zmm15, %%zmm9\n"
        "vfmadd231ps %%zmm14, %%zmm15, %%zmm10\n vfmadd231ps %%zmm14, %%zmm15, %%zmm11\n" ::
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
}

/// Clears the registers first: subnormal leftovers would be slow.
void clear_registers() {
  asm volatile("vzeroall" ::
                   : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                     "xmm12", "xmm13", "xmm14", "xmm15");
}

/// f32 operations a second of a team, best of a few short runs.
double fma_peak(int threads) {
  const bool wide = machine_features().has(Feature::avx512);
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const int64_t n = 200000;
    auto start = Clock::now();
    ThreadPool::instance().run(
        threads,
        [](Team&, void* argument) {
          clear_registers();
          machine_features().has(Feature::avx512) ? spin_avx512(*static_cast<int64_t*>(argument))
                                                  : spin_avx2(*static_cast<int64_t*>(argument));
        },
        const_cast<int64_t*>(&n));
    best = std::max(best, 12.0 * 2 * (wide ? 16 : 8) * static_cast<double>(n * threads) / seconds_since(start));
  }
  return best;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

struct Shape {
  std::string name;
  std::vector<int32_t> cu = {0};
};

/// "8x128": equal lengths; "mixed32": 32 lengths between 8 and 128.
Shape parse_shape(const std::string& name) {
  Shape shape{name};
  int batch = 0, seq = 0;
  if (std::sscanf(name.c_str(), "%dx%d", &batch, &seq) == 2) {
    for (int b = 0; b < batch; ++b) shape.cu.push_back(shape.cu.back() + seq);
  } else {
    std::mt19937 engine(1);
    for (int b = 0; b < 32; ++b) shape.cu.push_back(shape.cu.back() + static_cast<int32_t>(8 + engine() % 121));
  }
  return shape;
}

struct Call {
  const cpu::AttentionKernel* kernel;
  cpu::AttentionArgs args;
  int64_t repeats;
};

void measure(const cpu::AttentionKernel& kernel, const Shape& shape, int heads, int dim, int threads, double budget) {
  const int64_t tokens = shape.cu.back(), width = heads * dim, stride = 3 * width;
  const size_t element = size_of(kernel.type);
  std::vector<char> qkv(static_cast<size_t>(tokens * stride) * element),
      out(static_cast<size_t>(tokens * width) * element);
  std::mt19937 engine(3);
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < qkv.size() / element; ++i) {
    const float f = normal(engine);
    const uint16_t h = f32_to_bf16(f);
    std::memcpy(qkv.data() + i * element, element == 4 ? static_cast<const void*>(&f) : &h, element);
  }
  cpu::AttentionArgs a;
  a.q = qkv.data();
  a.k = qkv.data() + static_cast<size_t>(width) * element;
  a.v = qkv.data() + static_cast<size_t>(2 * width) * element;
  a.out = out.data();
  a.q_stride = a.k_stride = a.v_stride = stride;
  a.out_stride = width;
  a.cu_seqlens = shape.cu.data();
  a.batch = static_cast<int64_t>(shape.cu.size()) - 1;
  a.heads = heads;
  a.head_dim = dim;
  a.scale = 0.125f;
  int64_t longest = 0;
  double flops = 0;
  for (size_t b = 0; b + 1 < shape.cu.size(); ++b) {
    const int64_t n = shape.cu[b + 1] - shape.cu[b];
    longest = std::max(longest, n);
    flops += 4.0 * static_cast<double>(n * n * width);
  }
  void* workspace = aligned_alloc(64, (kernel.workspace_bytes(longest, dim, threads) + 63) / 64 * 64);
  a.workspace = workspace;

  Call call{&kernel, a, 1};
  auto run = [&] {
    auto start = Clock::now();
    ThreadPool::instance().run(
        threads,
        [](Team& team, void* argument) {
          const Call& c = *static_cast<Call*>(argument);
          for (int64_t i = 0; i < c.repeats; ++i) {
            c.kernel->run(c.args, team);
            team.barrier();
          }
        },
        &call);
    return seconds_since(start) / static_cast<double>(call.repeats);
  };
  call.repeats = std::max<int64_t>(1, static_cast<int64_t>(1e-3 / run()));
  std::vector<double> times;
  const double peak = fma_peak(threads);
  for (auto start = Clock::now(); seconds_since(start) < budget || times.size() < 5;) times.push_back(run());
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  std::printf("%-18s %-8s heads %2d dim %3d threads %2d  %10.2f us  min %10.2f  %8.1f GFLOP/s  %5.1f %% of %.0f\n",
              kernel.name, shape.name.c_str(), heads, dim, threads, median * 1e6, times[0] * 1e6, flops / median * 1e-9,
              100 * flops / median / peak, peak * 1e-9);
  std::fflush(stdout);
  std::free(workspace);
}

}  // namespace

int main(int argc, char** argv) {
  std::string threads = "1,2", heads = "12", dims = "64", only;
  std::string shapes = "1x16,1x32,1x64,1x128,8x128,1x256,1x384,1x512,2x1024,mixed32";
  double budget = 0.06;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--threads") threads = value;
    if (flag == "--heads") heads = value;
    if (flag == "--dims") dims = value;
    if (flag == "--shapes") shapes = value;
    if (flag == "--kernel") only = value;
    if (flag == "--ms") budget = std::stod(value) / 1000;
  }
  for (const cpu::AttentionKernel& kernel : cpu::attention_kernels()) {
    if (!machine_features().contains(needs_of(kernel.isa)) || (!only.empty() && only != kernel.name)) continue;
    for (const std::string& d : split(dims))
      for (const std::string& h : split(heads))
        for (const std::string& shape : split(shapes))
          for (const std::string& t : split(threads))
            measure(kernel, parse_shape(shape), std::stoi(h), std::stoi(d), std::stoi(t), budget);
  }
}
