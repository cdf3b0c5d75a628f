#include "tasks/scores.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lathe::tasks {
namespace {

/// exp(x) for x <= 0, in a form that compilers vectorise: 2^n * p(f), p of degree 6 on [-0.35, 0.35]. Below -87: 0.
float exp_of(float x) {
  constexpr float kLog2E = 1.44269504f, kRound = 12582912.0f, kLn2High = 0.693145752f, kLn2Low = 1.42860677e-6f;
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * kLog2E + kRound, n = shifted - kRound;
  const float f = (clamped - n * kLn2High) - n * kLn2Low;
  float p = 1.0f / 720.0f;
  p = p * f + 1.0f / 120.0f;
  p = p * f + 1.0f / 24.0f;
  p = p * f + 1.0f / 6.0f;
  p = p * f + 0.5f;
  p = p * f + 1.0f;
  p = p * f + 1.0f;
  // The low bits of `shifted` hold n as an integer; added to the exponent they multiply by 2^n.
  const uint32_t bits = std::bit_cast<uint32_t>(p) + (std::bit_cast<uint32_t>(shifted) << 23);
  return x < -87.0f ? 0.0f : std::bit_cast<float>(bits);
}

double sum_of_exp(std::span<const float> x, float max) {
  constexpr size_t kBlock = 64, kLanes = 8;
  double total = 0;
  size_t i = 0;
  for (; i + kBlock <= x.size(); i += kBlock) {
    float lanes[kLanes] = {};
    for (size_t j = 0; j < kBlock; j += kLanes)
      for (size_t l = 0; l < kLanes; ++l) lanes[l] += exp_of(x[i + j + l] - max);
    float sum = 0;
    for (float lane : lanes) sum += lane;
    total += static_cast<double>(sum);
  }
  for (; i < x.size(); ++i) total += static_cast<double>(exp_of(x[i] - max));
  return total;
}

}  // namespace

std::vector<double> softmax(std::span<const float> logits) {
  if (logits.empty()) return {};
  std::vector<double> p(logits.begin(), logits.end());
  const double max = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& v : p) sum += v = std::exp(v - max);
  for (double& v : p) v /= sum;
  return p;
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

size_t argmax(std::span<const double> values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::vector<Ranked> top_probabilities(std::span<const float> logits, size_t k) {
  k = std::min(k, logits.size());
  if (k == 0) return {};
  const auto better = [&](int32_t a, int32_t b) {
    const float x = logits[static_cast<size_t>(a)], y = logits[static_cast<size_t>(b)];
    return x > y || (x == y && a < b);
  };
  // A heap with the worst of the best k on top; few elements of a long row get past the comparison with it.
  std::vector<int32_t> best(k);
  for (size_t i = 0; i < k; ++i) best[i] = static_cast<int32_t>(i);
  std::make_heap(best.begin(), best.end(), better);
  for (size_t i = k; i < logits.size(); ++i) {
    if (!(logits[i] > logits[static_cast<size_t>(best[0])])) continue;
    std::pop_heap(best.begin(), best.end(), better);
    best.back() = static_cast<int32_t>(i);
    std::push_heap(best.begin(), best.end(), better);
  }
  std::sort(best.begin(), best.end(), better);
  const float max = logits[static_cast<size_t>(best[0])];
  const double sum = sum_of_exp(logits, max);
  std::vector<Ranked> result;
  for (int32_t i : best)
    result.push_back(
        {i, std::exp(static_cast<double>(logits[static_cast<size_t>(i)]) - static_cast<double>(max)) / sum});
  return result;
}

}  // namespace lathe::tasks
