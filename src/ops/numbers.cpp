#include "ops/numbers.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "ops/op.h"

namespace lathe::ops {

std::string to_string(const Numbers& numbers) { return fmt::format("{}", fmt::join(numbers.values, ", ")); }

void parse(std::string_view text, Numbers& numbers) {
  numbers.values.clear();
  if (text.empty()) return;
  for (const std::string_view item : split_list(text)) {
    double value = 0;
    const auto [stop, error] = std::from_chars(item.data(), item.data() + item.size(), value);
    if (error != std::errc() || stop != item.data() + item.size() || !std::isfinite(value))
      fail(ErrorCode::corrupt_file, "numbers", {}, "'{}' is no finite number", item.substr(0, 64));
    numbers.values.push_back(value);
  }
}

bool all_finite(const Numbers& numbers) {
  return std::all_of(numbers.values.begin(), numbers.values.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace lathe::ops
