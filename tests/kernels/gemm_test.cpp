// Properties of every product kernel that this machine can run, against a reference in double precision.
#include "kernels/cpu/gemm/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "base/half.h"

namespace lathe::cpu {
namespace {

constexpr Activation kActivations[] = {Activation::none, Activation::relu, Activation::tanh, Activation::gelu,
                                       Activation::gelu_tanh};
constexpr int kTeams[] = {1, 2, 3, 8};

std::vector<const GemmKernel*> runnable_kernels() {
  std::vector<const GemmKernel*> kernels;
  for (const GemmKernel& kernel : gemm_kernels())
    if (machine_features().contains(needs_of(kernel.isa))) kernels.push_back(&kernel);
  return kernels;
}

/// 64-byte aligned memory of exactly `bytes` with a guard behind it.
class Memory {
 public:
  explicit Memory(size_t bytes, int fill = 0xff) : bytes_(bytes), raw_(bytes + kGuard + 64) {
    std::memset(data(), fill, bytes);
    std::memset(data() + bytes, kMark, kGuard);
  }
  std::byte* data() { return reinterpret_cast<std::byte*>((reinterpret_cast<uintptr_t>(raw_.data()) + 63) / 64 * 64); }
  size_t size() const { return bytes_; }
  bool guard_intact() {
    return std::all_of(data() + bytes_, data() + bytes_ + kGuard, [](std::byte b) { return b == std::byte{kMark}; });
  }

 private:
  static constexpr size_t kGuard = 256;
  static constexpr uint8_t kMark = 0x5a;
  size_t bytes_;
  std::vector<std::byte> raw_;
};

double read(const std::byte* data, DType type, int64_t i) {
  if (type == DType::f32) {
    float v = 0;
    std::memcpy(&v, data + 4 * i, 4);
    return v;
  }
  uint16_t v = 0;
  std::memcpy(&v, data + 2 * i, 2);
  return bf16_to_f32(v);
}

void write(std::byte* data, DType type, int64_t i, float v) {
  if (type == DType::f32) {
    std::memcpy(data + 4 * i, &v, 4);
  } else {
    uint16_t h = f32_to_bf16(v);
    std::memcpy(data + 2 * i, &h, 2);
  }
}

void run_on_team(const GemmKernel& kernel, const GemmArgs& args, int threads) {
  struct Call {
    const GemmKernel& kernel;
    const GemmArgs& args;
  } call{kernel, args};
  ThreadPool::instance().run(
      threads,
      [](Team& team, void* argument) {
        auto& c = *static_cast<Call*>(argument);
        c.kernel.run(c.args, team);
      },
      &call);
}

struct Options {
  bool bias = false;
  Activation activation = Activation::none;
  bool residual = false, layer_norm = false;
  int64_t x_extra = 0, y_extra = 0, residual_extra = 0;  ///< stride - width
};

/// A product with random operands; rows of X, the residual and Y are padded with NaN.
struct Problem {
  const GemmKernel& kernel;
  int64_t m, n, k;
  Options options;
  Memory x, w, y, residual, bias, gamma, beta;
  std::vector<float> w_plain;  ///< [k, n], as the kernel sees it

  Problem(const GemmKernel& kernel_, int64_t m_, int64_t n_, int64_t k_, Options o, unsigned seed = 1)
      : kernel(kernel_),
        m(m_),
        n(n_),
        k(k_),
        options(o),
        x(rows_bytes(m, k, o.x_extra, kernel.x)),
        w(gemm_format(kernel.w).bytes(k, n)),
        y(rows_bytes(m, n, o.y_extra, kernel.y)),
        residual(rows_bytes(m, n, o.residual_extra, kernel.x)),
        bias(static_cast<size_t>(n) * 4),
        gamma(static_cast<size_t>(n) * 4),
        beta(static_cast<size_t>(n) * 4),
        w_plain(static_cast<size_t>(k * n)) {
    std::minstd_rand engine(seed);
    auto random = [&](float scale) { return scale * (static_cast<float>(engine() % 65536) / 32768.0f - 1.0f); };
    for (int64_t r = 0; r < m; ++r) {
      for (int64_t c = 0; c < k; ++c) write(x.data(), kernel.x, r * (k + o.x_extra) + c, random(1.0f));
      for (int64_t c = 0; c < n; ++c) write(residual.data(), kernel.x, r * (n + o.residual_extra) + c, random(1.0f));
    }
    float scale = 2.0f / std::sqrt(static_cast<float>(std::max<int64_t>(k, 1)));
    for (float& v : w_plain) {
      v = random(scale);
      if (kernel.w == DType::bf16) v = bf16_to_f32(f32_to_bf16(v));
    }
    for (int64_t c = 0; c < n; ++c) {
      write(bias.data(), DType::f32, c, random(1.0f));
      write(gamma.data(), DType::f32, c, 1.0f + random(0.5f));
      write(beta.data(), DType::f32, c, random(0.5f));
    }
    Team solo = Team::solo();
    gemm_format(kernel.w).pack(w_plain.data(), DType::f32, false, k, n, w.data(), solo);
  }

  /// Rows [begin, end) of the product with a team of at most `threads`, into Y's rows from 0.
  void run(int threads, int64_t begin, int64_t end) {
    std::memset(y.data(), 0xff, y.size());
    int64_t rows = end - begin;
    Memory workspace(kernel.workspace_bytes(rows, n, k, threads, options.layer_norm));
    GemmArgs args;
    args.x = x.data() + static_cast<size_t>(begin * (k + options.x_extra)) * size_of(kernel.x);
    args.w = w.data();
    args.y = y.data();
    args.m = rows;
    args.n = n;
    args.k = k;
    args.x_stride = k + options.x_extra;
    args.y_stride = n + options.y_extra;
    args.bias = options.bias ? reinterpret_cast<const float*>(bias.data()) : nullptr;
    args.activation = options.activation;
    if (options.residual) {
      args.residual = residual.data() + static_cast<size_t>(begin * (n + options.residual_extra)) * size_of(kernel.x);
      args.residual_stride = n + options.residual_extra;
    }
    args.layer_norm = options.layer_norm;
    args.gamma = reinterpret_cast<const float*>(gamma.data());
    args.beta = reinterpret_cast<const float*>(beta.data());
    args.epsilon = 1e-6f;
    args.workspace = workspace.data();
    run_on_team(kernel, args, threads);
    EXPECT_TRUE(workspace.guard_intact()) << "wrote beyond the workspace";
  }
  void run(int threads) { run(threads, 0, m); }

  std::vector<double> reference() const {
    Problem& self = const_cast<Problem&>(*this);
    std::vector<double> out(static_cast<size_t>(m * n));
    for (int64_t r = 0; r < m; ++r) {
      double* row = out.data() + r * n;
      for (int64_t i = 0; i < k; ++i) {
        double a = read(self.x.data(), kernel.x, r * (k + options.x_extra) + i);
        const float* b = w_plain.data() + i * n;
        for (int64_t c = 0; c < n; ++c) row[c] += a * b[c];
      }
      for (int64_t c = 0; c < n; ++c) {
        double v = row[c];
        if (options.bias) v += read(self.bias.data(), DType::f32, c);
        switch (options.activation) {
          case Activation::none: break;
          case Activation::relu: v = std::max(v, 0.0); break;
          case Activation::tanh: v = std::tanh(v); break;
          case Activation::gelu: v = 0.5 * v * (1 + std::erf(v / std::sqrt(2.0))); break;
          case Activation::gelu_tanh:
            v = 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
            break;
          default: ADD_FAILURE() << "not among kActivations";
        }
        if (options.residual) v += read(self.residual.data(), kernel.x, r * (n + options.residual_extra) + c);
        row[c] = v;
      }
      if (options.layer_norm) {
        double mean = 0, variance = 0;
        for (int64_t c = 0; c < n; ++c) mean += row[c] / static_cast<double>(n);
        for (int64_t c = 0; c < n; ++c) variance += (row[c] - mean) * (row[c] - mean) / static_cast<double>(n);
        for (int64_t c = 0; c < n; ++c)
          row[c] = (row[c] - mean) / std::sqrt(variance + static_cast<double>(1e-6f)) *
                       read(self.gamma.data(), DType::f32, c) +
                   read(self.beta.data(), DType::f32, c);
      }
    }
    return out;
  }

  /// Y equals the reference within the rounding of its types, and its padding is untouched.
  void expect_close(const std::vector<double>& expected) {
    double error = 0, norm = 0, worst = 0, largest = 0;
    for (int64_t r = 0; r < m; ++r) {
      for (int64_t c = 0; c < n; ++c) {
        double e = expected[static_cast<size_t>(r * n + c)];
        double d = std::abs(read(y.data(), kernel.y, r * (n + options.y_extra) + c) - e);
        ASSERT_TRUE(std::isfinite(d)) << "row " << r << " column " << c;
        error += d * d;
        norm += e * e;
        worst = std::max(worst, d);
        largest = std::max(largest, std::abs(e));
      }
      for (int64_t c = n; r + 1 < m && c < n + options.y_extra; ++c)
        ASSERT_TRUE(std::isnan(read(y.data(), kernel.y, r * (n + options.y_extra) + c))) << "wrote beyond row " << r;
    }
    // A LayerNorm of few columns can divide by nearly nothing: its error grows by what it divides by.
    double slack = options.layer_norm && n < 32 ? 200 : 1;
    double tolerance = (kernel.y == DType::bf16 ? 4e-3 : kernel.w == DType::bf16 ? 2e-6 : 6e-7) * slack;
    EXPECT_LE(std::sqrt(error), tolerance * (std::sqrt(norm) + std::sqrt(static_cast<double>(m * n)) / 2));
    EXPECT_LE(worst, 8 * tolerance * largest + 1e-6);
    EXPECT_TRUE(y.guard_intact());
  }

 private:
  /// The last row ends with its last element, so that reading beyond is out of bounds.
  static size_t rows_bytes(int64_t rows, int64_t width, int64_t extra, DType type) {
    return rows == 0 ? 0 : static_cast<size_t>((rows - 1) * (width + extra) + width) * size_of(type);
  }
};

std::string describe(const Problem& p, int threads) {
  return std::string(p.kernel.name) + " m=" + std::to_string(p.m) + " n=" + std::to_string(p.n) +
         " k=" + std::to_string(p.k) + " threads=" + std::to_string(threads) +
         " bias=" + std::to_string(p.options.bias) +
         " activation=" + std::to_string(static_cast<int>(p.options.activation)) +
         " residual=" + std::to_string(p.options.residual) + " layer_norm=" + std::to_string(p.options.layer_norm);
}

void check(const GemmKernel& kernel, int64_t m, int64_t n, int64_t k, Options options, int threads) {
  Problem problem(kernel, m, n, k, options, static_cast<unsigned>(m * 7919 + n * 31 + k));
  SCOPED_TRACE(describe(problem, threads));
  problem.run(threads);
  problem.expect_close(problem.reference());
}

/// A different epilogue, strides and team for each index.
Options varied(int i) {
  Options o;
  o.bias = i % 2 == 0;
  o.activation = kActivations[i % 5];
  o.residual = i % 3 == 0;
  o.layer_norm = i % 4 == 1;
  o.x_extra = i % 3 == 1 ? 5 : i % 3 == 2 ? 32 : 0;
  o.y_extra = i % 7 == 2 ? 3 : 0;
  o.residual_extra = i % 5 == 3 ? 7 : 0;
  return o;
}

TEST(KernelGemm, OddSizes) {
  int i = 0;
  for (const GemmKernel* kernel : runnable_kernels())
    for (int64_t n : {1, 3, 17, 100, 384, 768, 1024})
      for (int64_t k : {1, 3, 17, 100, 384, 768, 1024})
        for (int64_t m : {1, 2, 7, 33}) {
          check(*kernel, m, n, k, varied(i), kTeams[i % 4]);
          ++i;
        }
}

TEST(KernelGemm, EveryRowCount) {
  for (const GemmKernel* kernel : runnable_kernels())
    for (int64_t m = 1; m <= 70; ++m)
      for (int threads : kTeams) check(*kernel, m, 100, 67, varied(static_cast<int>(m) + threads), threads);
}

TEST(KernelGemm, EveryEpilogue) {
  for (const GemmKernel* kernel : runnable_kernels())
    for (Activation activation : kActivations)
      for (int bits = 0; bits < 8; ++bits)
        for (int64_t n : {48, 100}) {
          Options o;
          o.activation = activation;
          o.bias = bits & 1;
          o.residual = bits & 2;
          o.layer_norm = bits & 4;
          for (int threads : kTeams) check(*kernel, 13, n, 96, o, threads);
        }
}

TEST(KernelGemm, LargeSizes) {
  for (const GemmKernel* kernel : runnable_kernels())
    for (int threads : {1, 3, 8}) {
      check(*kernel, 333, 768, 768, varied(1), threads);
      check(*kernel, 700, 96, 1030, varied(4), threads);
      check(*kernel, 41, 384, 3072, varied(9), threads);
      check(*kernel, 130, 1152, 384, varied(3), threads);
      check(*kernel, 9, 5003, 384, varied(2), threads);
    }
}

TEST(KernelGemm, RowsDoNotDependOnTheBatch) {
  for (const GemmKernel* kernel : runnable_kernels())
    for (auto [m, n, k] : {std::tuple{150, 96, 800}, {67, 400, 384}, {20, 768, 3072}, {45, 33, 51}})
      for (int variant : {0, 1, 8, 9}) {
        Problem problem(*kernel, m, n, k, varied(variant));
        size_t row_bytes = static_cast<size_t>(n) * size_of(kernel->y);
        size_t stride = static_cast<size_t>(n + problem.options.y_extra) * size_of(kernel->y);
        problem.run(1);
        std::vector<std::byte> whole(problem.y.data(), problem.y.data() + problem.y.size());
        auto same = [&](int64_t begin, int64_t end) {
          for (int64_t r = begin; r < end; ++r)
            if (std::memcmp(whole.data() + static_cast<size_t>(r) * stride,
                            problem.y.data() + static_cast<size_t>(r - begin) * stride, row_bytes) != 0)
              return false;
          return true;
        };
        for (int threads : kTeams) {
          SCOPED_TRACE(describe(problem, threads));
          problem.run(threads);
          EXPECT_TRUE(same(0, m));
          for (int64_t r = threads - 1; r < m; r += 17) {
            problem.run(threads, r, r + 1);
            EXPECT_TRUE(same(r, r + 1)) << "row " << r << " alone";
          }
          problem.run(threads, 3, 19);
          EXPECT_TRUE(same(3, 19)) << "rows 3 to 18 alone";
        }
      }
}

TEST(KernelGemm, ResidualMayBeY) {
  for (const GemmKernel* kernel : runnable_kernels()) {
    if (kernel->x != kernel->y) continue;
    for (bool layer_norm : {false, true})
      for (int threads : kTeams) {
        Options o;
        o.residual = true;
        o.layer_norm = layer_norm;
        Problem problem(*kernel, 40, 200, 300, o);
        SCOPED_TRACE(describe(problem, threads));
        std::vector<double> expected = problem.reference();
        Memory workspace(kernel->workspace_bytes(40, 200, 300, threads, layer_norm));
        GemmArgs args;
        args.x = problem.x.data();
        args.w = problem.w.data();
        args.y = problem.y.data();
        args.m = 40;
        args.n = args.y_stride = args.residual_stride = 200;
        args.k = args.x_stride = 300;
        args.residual = args.y;
        args.layer_norm = layer_norm;
        args.gamma = reinterpret_cast<const float*>(problem.gamma.data());
        args.beta = reinterpret_cast<const float*>(problem.beta.data());
        args.epsilon = 1e-6f;
        args.workspace = workspace.data();
        std::memcpy(problem.y.data(), problem.residual.data(), problem.y.size());
        run_on_team(*kernel, args, threads);
        problem.expect_close(expected);
      }
  }
}

TEST(KernelGemm, EmptySizes) {
  for (const GemmKernel* kernel : runnable_kernels())
    for (int threads : {1, 3}) {
      check(*kernel, 5, 20, 0, varied(0), threads);
      check(*kernel, 0, 20, 30, varied(1), threads);
      check(*kernel, 5, 0, 30, varied(1), threads);
    }
}

TEST(KernelGemm, NotANumberStaysInItsRow) {
  for (const GemmKernel* kernel : runnable_kernels()) {
    Options o;
    o.activation = Activation::gelu;
    Problem problem(*kernel, 9, 40, 64, o);
    write(problem.x.data(), kernel->x, 4 * 64 + 7, std::numeric_limits<float>::quiet_NaN());
    problem.run(2);
    for (int64_t r = 0; r < 9; ++r)
      for (int64_t c = 0; c < 40; ++c) EXPECT_EQ(std::isnan(read(problem.y.data(), kernel->y, r * 40 + c)), r == 4);
  }
}

TEST(KernelGemm, WorkspaceRisesWithRowsAndTeam) {
  for (const GemmKernel& kernel : gemm_kernels())
    for (int64_t k : {1, 384, 3072})
      for (int64_t m = 1; m < 600; m += 13)
        for (int team = 1; team < 9; ++team)
          for (bool layer_norm : {false, true}) {
            size_t bytes = kernel.workspace_bytes(m, 768, k, team, layer_norm);
            EXPECT_LE(bytes, kernel.workspace_bytes(m + 1, 768, k, team, layer_norm));
            EXPECT_LE(bytes, kernel.workspace_bytes(m, 768, k, team + 1, layer_norm));
          }
}

TEST(KernelGemm, NamesAndTypes) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    EXPECT_EQ(find_gemm(kernel.name), &kernel);
    EXPECT_EQ(gemm_format(kernel.w).type, kernel.w);
  }
  ASSERT_NE(find_gemm(DType::f32, DType::f32, DType::f32, Features{}), nullptr);
  EXPECT_EQ(find_gemm(DType::f32, DType::f32, DType::f32, Features{})->isa, Isa::avx2);
  EXPECT_EQ(find_gemm(DType::bf16, DType::bf16, DType::bf16, Features{}), nullptr);
  EXPECT_EQ(find_gemm("no such kernel"), nullptr);
}

TEST(KernelGemmFormat, UnpackingInvertsPacking) {
  for (const GemmFormat& format : gemm_formats())
    for (DType source : {DType::f32, DType::f16, DType::bf16})
      for (bool transposed : {false, true})
        for (int team : {1, 3})
          for (auto [k, n] : {std::pair{1, 1}, {17, 33}, {32, 16}, {100, 40}, {5, 100}}) {
            // Small integers are exact in every type.
            auto value = [&](int64_t r, int64_t c) { return static_cast<float>((r * 31 + c * 7) % 101 - 50); };
            std::vector<std::byte> plain(static_cast<size_t>(k * n) * size_of(source));
            for (int64_t r = 0; r < k; ++r)
              for (int64_t c = 0; c < n; ++c) {
                int64_t i = transposed ? c * k + r : r * n + c;
                if (source == DType::f16) {
                  uint16_t h = f32_to_f16(value(r, c));
                  std::memcpy(plain.data() + 2 * i, &h, 2);
                } else {
                  write(plain.data(), source, i, value(r, c));
                }
              }
            Memory packed(format.bytes(k, n));
            struct Call {
              const GemmFormat& format;
              const void* source;
              DType type;
              bool transposed;
              int64_t k, n;
              void* out;
            } call{format, plain.data(), source, transposed, k, n, packed.data()};
            ThreadPool::instance().run(
                team,
                [](Team& t, void* argument) {
                  auto& c = *static_cast<Call*>(argument);
                  c.format.pack(c.source, c.type, c.transposed, c.k, c.n, c.out, t);
                },
                &call);
            EXPECT_TRUE(packed.guard_intact());
            for (bool back : {false, true}) {
              std::vector<std::byte> out(static_cast<size_t>(k * n) * size_of(format.type));
              format.unpack(packed.data(), back, k, n, out.data());
              for (int64_t r = 0; r < k; ++r)
                for (int64_t c = 0; c < n; ++c)
                  ASSERT_EQ(read(out.data(), format.type, back ? c * k + r : r * n + c), value(r, c))
                      << format.name << " " << r << ", " << c;
            }
          }
}

TEST(KernelGemmFormat, PackedBytesAreFullyDefined) {
  for (const GemmFormat& format : gemm_formats()) {
    std::vector<float> plain(37 * 21, 1.0f);
    Memory a(format.bytes(37, 21), 0xff), b(format.bytes(37, 21), 0x11);
    Team solo = Team::solo();
    format.pack(plain.data(), DType::f32, false, 37, 21, a.data(), solo);
    format.pack(plain.data(), DType::f32, false, 37, 21, b.data(), solo);
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size()), 0);
  }
}

}  // namespace
}  // namespace lathe::cpu
