// Sweeps the kernels of general ops (copies, programs, reductions) over shapes of networks on one thread, and prints
// microseconds, GB/s of what is read and written, and the share of the rate at which memcpy moves as many bytes, which
// is measured beside each case because machines change speed.
//
//   bench/lab/lab.sh general_lab BUILD OUT   builds it
//   general_lab [ms a case]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "kernels/cpu/copy/copy.h"
#include "kernels/cpu/fold/fold.h"
#include "kernels/cpu/pointwise/pointwise.h"

namespace {

using namespace lathe;
using Clock = std::chrono::steady_clock;
double budget = 0.03;

/// Seconds of a call: the median of runs of about 0.2 ms.
double time_of(const std::function<void()>& call) {
  const auto once = [&](int64_t repeats) {
    const auto start = Clock::now();
    for (int64_t i = 0; i < repeats; ++i) call();
    return std::chrono::duration<double>(Clock::now() - start).count() / static_cast<double>(repeats);
  };
  const auto repeats = std::max<int64_t>(1, static_cast<int64_t>(2e-4 / once(1)));
  std::vector<double> times;
  for (double spent = 0; spent < budget || times.size() < 5; spent += times.back() * static_cast<double>(repeats))
    times.push_back(once(repeats));
  std::nth_element(times.begin(), times.begin() + static_cast<int64_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

std::vector<float> x_data(size_t count) {
  std::vector<float> x(count);
  for (size_t i = 0; i < count; ++i) x[i] = std::sin(static_cast<float>(i));
  return x;
}

/// `bytes`: read and written together.
void report(const char* kernel, const std::string& what, double seconds, double bytes) {
  std::vector<char> a(static_cast<size_t>(bytes / 2), 1), b(a.size());
  const double copy = time_of([&] { std::memcpy(b.data(), a.data(), a.size()); });
  std::printf("%-16s %-38s %10.2f us %8.1f GB/s %6.0f %% of memcpy\n", kernel, what.c_str(), seconds * 1e6,
              bytes / seconds * 1e-9, 100 * copy / seconds);
  std::fflush(stdout);
}

/// A dense tensor of these sizes in the order `perm` of its dimensions.
void transpose(const cpu::CopyKernel& kernel, const std::string& what, int64_t element, std::vector<int64_t> size,
               std::vector<size_t> perm) {
  std::vector<int64_t> step(size.size());
  int64_t count = element;
  for (size_t d = size.size(); d-- > 0; count *= size[d]) step[d] = count;
  std::vector<char> x(static_cast<size_t>(count), 1), y(x.size());
  cpu::CopyArgs args;
  args.x = x.data();
  args.y = y.data();
  args.element = element;
  int64_t y_step = count;
  for (size_t d : perm) {
    y_step /= size[d];
    args.add(size[d], step[d], y_step);
  }
  Team team = Team::solo();
  report(kernel.name, what, time_of([&] { kernel.run(args, team); }), 2.0 * static_cast<double>(count));
}

void program(const cpu::PointwiseKernel& kernel, const std::string& what, std::vector<cpu::PointwiseStep> steps,
             int64_t rows, int64_t n) {
  const std::vector<float> x = x_data(static_cast<size_t>(rows * n)), row = x_data(static_cast<size_t>(n));
  std::vector<float> y(x.size());
  const cpu::PointwiseInput inputs[] = {{x.data(), DType::f32, 1, {rows * n}, {1}, 0},
                                        {row.data(), DType::f32, 2, {rows, n}, {0, 1}, 1}};
  std::vector<std::byte> scratch(8 * cpu::kPointwiseSlot);
  const cpu::PointwiseArgs args{inputs,   steps.data(),   2, static_cast<int>(steps.size()), y.data(),
                                rows * n, scratch.data(), 8};
  Team team = Team::solo();
  report(kernel.name, what, time_of([&] { kernel.run(args, team); }), 8.0 * static_cast<double>(rows * n));
}

void fold(const cpu::FoldKernel& kernel, const std::string& what, std::vector<int64_t> size, std::vector<bool> folds) {
  int64_t count = 1;
  for (int64_t n : size) count *= n;
  const std::vector<float> x = x_data(static_cast<size_t>(count));
  std::vector<float> y(x.size());
  cpu::FoldArgs args;
  args.x = x.data();
  args.y = y.data();
  int64_t step = count;
  for (size_t d = 0; d < size.size(); ++d) {
    step /= size[d];
    (folds[d] ? args.folded : args.kept).add(size[d], step);
  }
  Team team = Team::solo();
  report(kernel.name, what, time_of([&] { kernel.run(args, team); }), 4.0 * static_cast<double>(count));
}

template <class Kernels, class F>
void each(const Kernels& kernels, F f) {
  for (const auto& kernel : kernels)
    if (machine_features().contains(needs_of(kernel.isa))) f(kernel);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) budget = std::stod(argv[1]) / 1000;
  each(cpu::copy_kernels(), [](const cpu::CopyKernel& kernel) {
    for (int64_t element : {1, 2, 4, 8})
      transpose(kernel, "[512, 512] turned, bytes " + std::to_string(element), element, {512, 512}, {1, 0});
    transpose(kernel, "[4096, 1024] turned", 4, {4096, 1024}, {1, 0});
    transpose(kernel, "[100, 77] turned", 4, {100, 77}, {1, 0});
    transpose(kernel, "heads [8, 128, 12, 64] 0213", 4, {8, 128, 12, 64}, {0, 2, 1, 3});
    transpose(kernel, "keys [8, 128, 12, 64] 0231", 4, {8, 128, 12, 64}, {0, 2, 3, 1});
    transpose(kernel, "nchw [1, 64, 56, 56] to nhwc", 4, {1, 64, 56, 56}, {0, 2, 3, 1});
    transpose(kernel, "nchw [1, 3, 224, 224] to nhwc", 4, {1, 3, 224, 224}, {0, 2, 3, 1});
  });
  using Op = cpu::PointwiseOp;
  const auto step = [](Op op, int a, int b, int slot) {
    return cpu::PointwiseStep{op, DType::f32, DType::f32, a, b, a, slot};
  };
  each(cpu::pointwise_kernels(), [&](const cpu::PointwiseKernel& kernel) {
    for (int64_t rows : {16, 1024}) {
      const std::string size = "[" + std::to_string(rows) + ", 768] ";
      program(kernel, size + "add row", {step(Op::add, 0, 1, 2)}, rows, 768);
      program(kernel, size + "add row, gelu, mul",
              {step(Op::add, 0, 1, 2), step(Op::gelu, 2, 2, 3), step(Op::mul, 3, 0, 2)}, rows, 768);
      program(kernel, size + "exp", {step(Op::exp, 0, 0, 2)}, rows, 768);
      program(kernel, size + "log", {step(Op::log, 0, 0, 2)}, rows, 768);
      program(kernel, size + "sin", {step(Op::sin, 0, 0, 2)}, rows, 768);
    }
  });
  each(cpu::fold_kernels(), [](const cpu::FoldKernel& kernel) {
    fold(kernel, "[1024, 768] sum of rows", {1024, 768}, {false, true});
    fold(kernel, "[1024, 768] sum of columns", {1024, 768}, {true, false});
    fold(kernel, "[8, 64, 3136] sum over 0, 2", {8, 64, 3136}, {true, false, true});
    fold(kernel, "[32, 49, 512] sum over 1", {32, 49, 512}, {false, true, false});
  });
}
