#include "tasks/pooling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"

namespace lathe::tasks {
namespace {

constexpr std::string_view kModes[] = {"mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"};

/// sum w[i] x[i] / divisor
void weighted(const Matrix& tokens, int64_t first, bool by_place, double divisor, std::span<float> out) {
  std::vector<double> sum(out.size());
  for (int64_t i = first; i < tokens.rows; ++i) {
    const std::span<const float> row = tokens.row(i);
    const double weight = by_place ? static_cast<double>(i + 1) : 1.0;
    for (size_t j = 0; j < out.size(); ++j) sum[j] += weight * static_cast<double>(row[j]);
  }
  for (size_t j = 0; j < out.size(); ++j) out[j] = static_cast<float>(sum[j] / std::max(divisor, 1e-9));
}

}  // namespace

void check_pooling(std::string_view mode) {
  if (std::find(std::begin(kModes), std::end(kModes), mode) == std::end(kModes))
    fail(ErrorCode::invalid_argument, "pooling", fmt::format("known are {}", fmt::join(kModes, ", ")),
         "there is no pooling '{}'", mode.substr(0, 64));
}

void pool(std::string_view mode, const Matrix& tokens, int64_t first, std::span<float> out) {
  first = std::clamp<int64_t>(first, 0, tokens.rows);
  const auto count = static_cast<double>(tokens.rows - first);
  if (mode == "mean") return weighted(tokens, first, false, count, out);
  if (mode == "mean_sqrt_len_tokens") return weighted(tokens, first, false, std::sqrt(count), out);
  if (mode == "weightedmean") {
    const auto sum_to = [](int64_t n) { return static_cast<double>(n) * static_cast<double>(n + 1) / 2; };
    return weighted(tokens, first, true, sum_to(tokens.rows) - sum_to(first), out);
  }
  if (mode == "cls" || mode == "lasttoken") {
    const int64_t at = mode == "cls" ? (first < tokens.rows ? first : 0) : tokens.rows - 1;
    if (tokens.rows == 0 || (mode == "lasttoken" && first == tokens.rows))
      return std::fill(out.begin(), out.end(), 0.0f);
    std::copy_n(tokens.row(at).begin(), out.size(), out.begin());
    return;
  }
  check_pooling(mode);
  std::fill(out.begin(), out.end(), -std::numeric_limits<float>::infinity());
  for (int64_t i = first; i < tokens.rows; ++i)
    for (size_t j = 0; j < out.size(); ++j) out[j] = std::max(out[j], tokens.row(i)[j]);
}

void normalize(std::span<float> vector) {
  double sum = 0;
  for (float v : vector) sum += static_cast<double>(v) * static_cast<double>(v);
  const double length = std::max(std::sqrt(sum), 1e-12);
  for (float& v : vector) v = static_cast<float>(static_cast<double>(v) / length);
}

}  // namespace lathe::tasks
