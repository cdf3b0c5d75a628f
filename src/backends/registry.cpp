#include <map>
#include <mutex>

#include "backends/cpu/cpu.h"
#include "backends/library.h"
#include "backends/reference/reference.h"
#include "backends/tactic.h"
#include "base/error.h"

namespace lathe::backends {

Machine this_machine(int threads) {
  const CpuInfo& info = cpu_info();
  return {active_features(), threads, info.l1d_bytes, info.l2_bytes, info.l3_bytes};
}

std::string Fault::message() const {
  std::string text;
  int next = 0;
  for (const char* c = problem_; *c; ++c) {
    if (c[0] == '{' && c[1] == '}' && next < 2) {
      text += std::to_string(next++ == 0 ? a_ : b_);
      ++c;
    } else {
      text += *c;
    }
  }
  return text;
}

const std::vector<const Backend*>& backends_of(std::string_view device) {
  static const std::vector<const Backend*> host = {&cpu_backend(), &reference_backend()};
  if (device == kHost) return host;
  static std::mutex mutex;
  static std::map<std::string, std::vector<const Backend*>, std::less<>> others;
  const std::lock_guard lock(mutex);
  auto known = others.find(device);
  if (known == others.end())
    known = others.emplace(std::string(device), std::vector<const Backend*>{&open_backend(device)}).first;
  return known->second;
}

const Tactic* find_tactic(std::string_view name, std::string_view device) {
  for (const Backend* backend : backends_of(device))
    for (const Tactic* tactic : backend->tactics())
      if (tactic->name() == name) return tactic;
  return nullptr;
}

const WeightFormat* find_weight_format(std::string_view name, std::string_view device) {
  for (const Backend* backend : backends_of(device))
    for (const WeightFormat& format : backend->weight_formats())
      if (format.name == name) return &format;
  return nullptr;
}

}  // namespace lathe::backends
