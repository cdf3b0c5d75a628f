#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/knobs.h"
#include "base/log.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pass.h"
#include "passes/stages.h"

namespace lathe::passes {
namespace {

const Knob kPasses("LATHE_PASSES", "passes to leave out when a network is built: -fuse_qkv,-pack_tokens", "");

/// Names that follow a '-' in a list "-a,-b".
std::set<std::string> left_out(std::string_view switches, std::string_view where) {
  std::set<std::string> names;
  while (!switches.empty()) {
    std::string_view item = switches.substr(0, switches.find(','));
    switches.remove_prefix(std::min(item.size() + 1, switches.size()));
    if (item.empty()) continue;
    bool known = item.front() == '-' && std::any_of(pipeline().begin(), pipeline().end(),
                                                    [&](const Pass& pass) { return pass.name == item.substr(1); });
    if (!known) {
      std::string all;
      for (const Pass& pass : pipeline())
        if (all.find(pass.name) == std::string::npos) all += fmt::format(" -{}", pass.name);
      fail(ErrorCode::invalid_argument, where, fmt::format("give some of{}, joined by commas", all),
           "'{}' is no switch of a pass", item);
    }
    names.emplace(item.substr(1));
  }
  return names;
}

void dump(const ir::Network& network, const std::string& folder, size_t index, std::string_view pass) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail(ErrorCode::io, folder, "name a folder that can be written", "{}", error.message());
  AtomicFile file((std::filesystem::path(folder) / fmt::format("{:02}-{}.lathe", index, pass)).string());
  file.write(ir::print(network));
  file.commit();
}

PassRecord run_one(const Pass& pass, ir::Network& network, const PassContext& context) {
  PassRecord record{std::string(pass.name), 0, 0, {}};
  PassContext inner = context;
  inner.report = [&](std::string line) {
    log(LogLevel::verbose, "{}: {}", pass.name, line);
    context.report(line);
    record.reports.push_back(std::move(line));
  };
  std::set<std::string_view> before = kinds(network);
  auto start = std::chrono::steady_clock::now();
  record.rewrites = pass.run(network, inner);
  record.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  ir::verify(network);
  check_stage(pass.name, before, network);
  log(LogLevel::verbose, "{}: {} rewrites, {} nodes left, {:.2f} ms", pass.name, record.rewrites,
      network.nodes().size(), record.milliseconds);
  return record;
}

}  // namespace

std::vector<PassRecord> run_pipeline(ir::Network& network, const PassContext& context, const PipelineOptions& options) {
  std::set<std::string> skipped = left_out(options.switches, "passes");
  skipped.merge(left_out(kPasses.value(), kPasses.name()));
  ir::verify(network);
  if (!options.dump_folder.empty()) dump(network, options.dump_folder, 0, "start");
  std::vector<PassRecord> records;
  for (size_t i = 0; i < pipeline().size(); ++i) {
    const Pass& pass = pipeline()[i];
    if (skipped.count(std::string(pass.name))) {
      log(LogLevel::verbose, "{}: left out on request", pass.name);
      continue;
    }
    records.push_back(run_one(pass, network, context));
    if (records.back().rewrites > 0 && !options.dump_folder.empty())
      dump(network, options.dump_folder, i + 1, pass.name);
  }
  return records;
}

}  // namespace lathe::passes
