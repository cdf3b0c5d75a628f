#include "plan/plan.h"

#include <algorithm>

namespace lathe::plan {
namespace {

template <class Ports>
int find_port(const Ports& ports, std::string_view name) {
  for (size_t i = 0; i < ports.size(); ++i)
    if (ports[i].name == name) return static_cast<int>(i);
  return -1;
}

}  // namespace

int64_t Plan::most(std::string_view symbol) const {
  int64_t most = 0;
  for (const Profile& profile : profiles)
    if (auto known = profile.find(std::string(symbol)); known != profile.end())
      most = std::max(most, known->second.max);
  return most;
}

int64_t Plan::typical(std::string_view symbol) const {
  const auto opt = [this](std::string_view input) -> int64_t {
    if (profiles.empty()) return 1;
    const auto known = profiles[0].find(std::string(input));
    return known == profiles[0].end() ? 1 : known->second.opt;
  };
  for (const RuntimeSymbol& runtime : runtime_symbols)
    if (runtime.name == symbol) return runtime.bound.evaluate(opt);
  return opt(symbol);
}

bool Plan::is_run_time(const Dim& size) const {
  const std::vector<std::string> names = size.symbols();
  return std::any_of(runtime_symbols.begin(), runtime_symbols.end(), [&](const RuntimeSymbol& symbol) {
    return std::find(names.begin(), names.end(), symbol.name) != names.end();
  });
}

Dim Plan::bound_of(const Dim& size) const {
  return size.substitute([this](std::string_view symbol) {
    for (const RuntimeSymbol& runtime : runtime_symbols)
      if (runtime.name == symbol) return runtime.bound;
    return Dim::symbol(symbol);
  });
}

int Plan::root(int tensor) const {
  const Tensor& t = tensors[static_cast<size_t>(tensor)];
  return t.storage == Storage::view ? t.base : tensor;
}

bool Plan::is_part_of_rows(int tensor) const {
  const int base = root(tensor);
  return base != tensor && !(count_of(tensors[static_cast<size_t>(tensor)].type.shape) ==
                             count_of(tensors[static_cast<size_t>(base)].type.shape));
}

const Equality* Plan::find_equality(const Dim& a, const Dim& b) const {
  const auto found = std::find_if(equalities.begin(), equalities.end(),
                                  [&](const Equality& e) { return (e.a == a && e.b == b) || (e.a == b && e.b == a); });
  return found == equalities.end() ? nullptr : &*found;
}

int Plan::find_input(std::string_view port) const { return find_port(inputs, port); }
int Plan::find_output(std::string_view port) const { return find_port(outputs, port); }

}  // namespace lathe::plan
