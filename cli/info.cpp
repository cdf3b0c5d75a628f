#include <fmt/format.h>

#include <memory>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "kernels/cpu/peak/peak.h"

namespace lathe::cli {
namespace {

struct Flags {
  bool json = false, quick = false;
};

constexpr size_t kMemoryBytes = size_t{256} << 20;  ///< larger than caches, so that memory itself is measured

struct Rates {
  kernels::Peaks peaks;
  double read_gbps = 0;
};

std::vector<Rates> measure() {
  std::vector<int> teams = {1};
  if (const int all = ThreadPool::default_threads(); all > 1) teams.push_back(all);
  std::vector<Rates> rates;
  for (int threads : teams) {
    Progress::instance().show(fmt::format("measuring peak rates of {} thread{}", threads, threads == 1 ? "" : "s"));
    rates.push_back({kernels::measure_peaks(threads), kernels::measure_read_rate(threads, kMemoryBytes)});
  }
  Progress::instance().clear();
  return rates;
}

std::vector<std::string> features() {
  std::vector<std::string> names = machine_features().names();
  names.insert(names.begin(), "avx2");  // the floor
  return names;
}

Json json_of(const std::vector<Rates>& rates) {
  const CpuInfo& cpu = cpu_info();
  Json o = {{"cpu", cpu.brand},
            {"vendor", cpu.vendor},
            {"features", features()},
            {"isa", std::string(to_string(name_of(active_features())))},
            {"machine_isa", std::string(to_string(name_of(machine_features())))},
            {"cores", cpu.cores},
            {"threads", ThreadPool::default_threads()},
            {"l1d_bytes", cpu.l1d_bytes},
            {"l2_bytes", cpu.l2_bytes},
            {"l3_bytes", cpu.l3_bytes},
            {"peaks", Json::array()}};
  for (const Rates& r : rates) {
    Json paths = Json::object();
    for (const auto& [name, gflops] : r.peaks.paths) paths[name] = gflops;
    o["peaks"].push_back({{"threads", r.peaks.threads},
                          {"fp32_gflops", r.peaks.fp32_gflops},
                          {"bf16_gflops", r.peaks.bf16_gflops},
                          {"read_gbps", r.read_gbps},
                          {"paths", paths}});
  }
  return o;
}

std::string text_of(const std::vector<Rates>& rates) {
  const CpuInfo& cpu = cpu_info();
  using enum Table::Align;
  Table table({left, left});
  table.row({"processor", cpu.brand});
  table.row({"features", fmt::format("{}", fmt::join(features(), " "))});
  table.row({"level", fmt::format("{}{}", to_string(name_of(active_features())),
                                  active_features() == machine_features()
                                      ? ""
                                      : fmt::format(" (LATHE_ISA; the machine has {})",
                                                    to_string(name_of(machine_features()))))});
  table.row(
      {"cores", fmt::format("{} for this process, {} threads by default", cpu.cores, ThreadPool::default_threads())});
  const auto kib = [](int64_t bytes) { return bytes > 0 ? fmt::format("{} KiB", bytes >> 10) : "unknown"; };
  table.row({"caches", fmt::format("L1d {}, L2 {}, L3 {}", kib(cpu.l1d_bytes), kib(cpu.l2_bytes), kib(cpu.l3_bytes))});
  std::string text = table.str();
  if (rates.empty()) return text;
  Table peaks({left, right, right, right});
  peaks.row({"measured peak", "FP32 GFLOP/s", "BF16 GFLOP/s", "memory GB/s"});
  for (const Rates& r : rates)
    peaks.row({fmt::format("{} thread{}", r.peaks.threads, r.peaks.threads == 1 ? "" : "s"),
               fmt::format("{:.0f}", r.peaks.fp32_gflops),
               r.peaks.bf16_gflops > 0 ? fmt::format("{:.0f}", r.peaks.bf16_gflops) : "-",
               fmt::format("{:.1f}", r.read_gbps)});
  return text + "\n" + peaks.str();
}

void run(const Flags& flags) {
  const std::vector<Rates> rates = flags.quick ? std::vector<Rates>{} : measure();
  Output output;
  output.write(flags.json ? dump(json_of(rates)) + "\n" : text_of(rates));
  output.flush();
}

}  // namespace

void add_info(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "info", "Show this machine: instruction sets, cores, caches, peak rates");
  command.flag("--json", flags->json, "Print JSON");
  command.flag("--quick", flags->quick, "Measure nothing");
  command.footer("Peak rates are measured for a second or so: what multiply-adds and memory reads can reach now.");
  command.runs([flags] {
    run(*flags);
    return 0;
  });
}

}  // namespace lathe::cli
