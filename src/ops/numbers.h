#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace lathe::ops {

/// An attribute that is a list of floating-point numbers. As text: "0.5, 2", each number read back as it was.
struct Numbers {
  std::vector<double> values{};
  bool operator==(const Numbers&) const = default;
  bool empty() const { return values.empty(); }
  size_t size() const { return values.size(); }
  double operator[](size_t i) const { return values[i]; }
};
std::string to_string(const Numbers& numbers);
/// Error(corrupt_file) for what is no list of finite numbers.
void parse(std::string_view text, Numbers& numbers);

/// Whether all of them are finite, as the plan file's form needs.
bool all_finite(const Numbers& numbers);

}  // namespace lathe::ops
