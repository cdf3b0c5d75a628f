#include "base/number.h"

#include <algorithm>

#include <fmt/format.h>

namespace lathe {

Dim number(std::string_view name) { return Dim::symbol(fmt::format("${}", name)); }

bool has_numbers(const Dim& d) {
  const std::vector<std::string> names = d.symbols();
  return std::any_of(names.begin(), names.end(), [](const std::string& name) { return is_number(name); });
}

}  // namespace lathe
