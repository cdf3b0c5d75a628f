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

const Equality* Plan::find_equality(const Dim& a, const Dim& b) const {
  const auto found = std::find_if(equalities.begin(), equalities.end(),
                                  [&](const Equality& e) { return (e.a == a && e.b == b) || (e.a == b && e.b == a); });
  return found == equalities.end() ? nullptr : &*found;
}

int Plan::find_input(std::string_view port) const { return find_port(inputs, port); }
int Plan::find_output(std::string_view port) const { return find_port(outputs, port); }

}  // namespace lathe::plan
