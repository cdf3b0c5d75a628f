#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace lathe::tasks {

/// exp(x - max) / sum, in double.
std::vector<double> softmax(std::span<const float> logits);
double sigmoid(double x);
/// The place of the greatest value, the first of equals.
size_t argmax(std::span<const double> values);

struct Ranked {
  int32_t index;
  double probability;
};
/// The `k` greatest of softmax(logits), best first, equals by rising index. One pass over the logits for the sum and
/// one for the choice, made for vocabularies: relative error of the sum below 1e-6.
std::vector<Ranked> top_probabilities(std::span<const float> logits, size_t k);

}  // namespace lathe::tasks
