// Sweeps the recurrences over cells, hidden sizes, batches and team sizes. Prints microseconds a step, the rate at
// which R is streamed with its share of the rate at which as many members read as many bytes, and GFLOP/s with their
// share of the multiply-add peak; the two measured beside each case because machines change speed.
//
//   bench/lab/lab.sh rnn_lab BUILD OUT   builds it
//   rnn_lab [--threads 1,2] [--hidden 128,256,512] [--batch 1,4,8,32] [--cells lstm,gru,gru_linear,rnn] [--directions
//   1]
//           [--seq 64] [--ms 60]
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/cpu/peak/peak.h"
#include "kernels/cpu/rnn/rnn.h"

namespace {

using namespace lathe;
using Clock = std::chrono::steady_clock;

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> items;
  std::stringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
  return items;
}
std::string option(int argc, char** argv, const std::string& name, const std::string& otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (name == argv[i]) return argv[i + 1];
  return otherwise;
}

/// In huge pages, as plans and arenas have them.
struct Numbers {
  explicit Numbers(int64_t count) : size((static_cast<size_t>(count) * sizeof(float) / kPage + 1) * kPage) {
    data = static_cast<float*>(std::aligned_alloc(kPage, size));
    madvise(data, size, MADV_HUGEPAGE);
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 0.05F);
    for (size_t i = 0; i < size / sizeof(float); ++i) data[i] = normal(random);
  }
  ~Numbers() { std::free(data); }
  Numbers(const Numbers&) = delete;
  static constexpr size_t kPage = 2 << 20;
  size_t size;
  float* data;
};

struct Case {
  cpu::RnnCellKind cell;
  int64_t hidden, batch, directions;
  int threads;
};

/// Seconds of a run of `seq` steps: the fastest of as many as fit into `budget`, since neighbours take whole slices.
double time_of(const cpu::RnnKernel& kernel, const Case& c, int64_t seq, double budget) {
  cpu::RnnArgs args;
  args.cell = c.cell;
  for (auto& functions : args.functions) {
    for (cpu::RnnFunction& f : functions) f = {Activation::tanh};
    if (c.cell != cpu::RnnCellKind::rnn) functions[0] = {Activation::sigmoid};
  }
  args.directions = c.directions;
  args.seq = seq;
  args.batch = c.batch;
  args.hidden = c.hidden;
  const int64_t width = c.directions * args.gates() * c.hidden, panels = (args.gates() * c.hidden + 15) / 16;
  const Numbers x(seq * c.batch * width), r(panels * c.directions * c.hidden * 16);
  const Numbers y(seq * c.batch * c.directions * c.hidden), states(c.batch * c.directions * c.hidden);
  const Numbers workspace(
      static_cast<int64_t>(cpu::rnn_workspace_bytes(c.cell, c.directions, c.batch, c.hidden) / sizeof(float)));
  args.x = x.data;
  args.r = r.data;
  args.y = y.data;
  args.last_h = args.last_c = states.data;
  args.x_item = width;
  args.x_step = c.batch * width;
  args.y_item = args.state_item = c.hidden;
  args.y_direction = args.state_direction = c.batch * c.hidden;
  args.y_step = c.directions * c.batch * c.hidden;
  args.workspace = reinterpret_cast<std::byte*>(workspace.data);
  struct Job {
    const cpu::RnnKernel& kernel;
    const cpu::RnnArgs& args;
  } job{kernel, args};
  std::vector<double> times;
  for (double spent = 0; spent < budget || times.size() < 5; spent += times.back()) {
    const auto start = Clock::now();
    ThreadPool::instance().run(
        c.threads,
        [](Team& team, void* argument) {
          const auto& j = *static_cast<Job*>(argument);
          j.kernel.run(j.args, team);
        },
        &job);
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  return *std::min_element(times.begin(), times.end());
}

void report(const cpu::RnnKernel& kernel, const std::string& cell, const Case& c, double seconds, int64_t seq,
            const kernels::Peaks& peaks) {
  cpu::RnnArgs args;
  args.cell = c.cell;
  const double weights = static_cast<double>(c.directions * args.gates() * c.hidden * c.hidden);
  const double step = seconds / static_cast<double>(seq), bytes = static_cast<double>(size_of(kernel.r)) * weights;
  const double stream = bytes / step * 1e-9, flops = 2 * weights * static_cast<double>(c.batch) / step * 1e-9;
  const double read = kernels::measure_read_rate(c.threads, static_cast<size_t>(bytes));
  std::printf("%-11s %-10s D %ld h %4ld B %3ld T %d  %9.2f us/step %7.1f GB/s %4.0f %% %8.1f GFLOP/s %4.0f %%\n",
              kernel.name, cell.c_str(), static_cast<long>(c.directions), static_cast<long>(c.hidden),
              static_cast<long>(c.batch), c.threads, step * 1e6, stream, 100 * stream / read, flops,
              100 * flops / peaks.fp32_gflops);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t seq = std::stol(option(argc, argv, "--seq", "64"));
  const double budget = std::stod(option(argc, argv, "--ms", "60")) / 1000;
  const std::string names[] = {"rnn", "gru", "gru_linear", "lstm"};
  for (const std::string& threads : list_of(option(argc, argv, "--threads", "1,2"))) {
    const kernels::Peaks peaks = kernels::measure_peaks(std::stoi(threads));
    for (const std::string& cell : list_of(option(argc, argv, "--cells", "lstm,gru,gru_linear,rnn")))
      for (const std::string& hidden : list_of(option(argc, argv, "--hidden", "128,256,512")))
        for (const std::string& batch : list_of(option(argc, argv, "--batch", "1,4,8,32")))
          for (const cpu::RnnKernel& kernel : cpu::rnn_kernels()) {
            if (!machine_features().contains(needs_of(kernel.isa))) continue;
            const auto kind =
                static_cast<cpu::RnnCellKind>(std::find(std::begin(names), std::end(names), cell) - names);
            const Case c{kind, std::stol(hidden), std::stol(batch), std::stol(option(argc, argv, "--directions", "1")),
                         std::stoi(threads)};
            report(kernel, cell, c, time_of(kernel, c, seq, budget), seq, peaks);
          }
  }
}
