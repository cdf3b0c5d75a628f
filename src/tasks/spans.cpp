#include "tasks/spans.h"

#include <algorithm>
#include <cmath>

namespace lathe::tasks {
namespace {

std::vector<double> masked_softmax(std::span<const float> logits, std::span<const uint8_t> allowed) {
  double max = -INFINITY, sum = 0;
  for (size_t i = 0; i < logits.size(); ++i)
    if (allowed[i]) max = std::max(max, static_cast<double>(logits[i]));
  std::vector<double> p(logits.size());
  for (size_t i = 0; i < logits.size(); ++i)
    if (allowed[i]) sum += p[i] = std::exp(static_cast<double>(logits[i]) - max);
  for (double& v : p) v = sum > 0 ? v / sum : 0;
  return p;
}

}  // namespace

WindowScores window_scores(std::span<const float> start, std::span<const float> end, std::span<const uint8_t> allowed) {
  WindowScores scores{masked_softmax(start, allowed), masked_softmax(end, allowed), 0};
  if (allowed.empty()) return scores;
  scores.null_score = scores.start[0] * scores.end[0];
  scores.start[0] = scores.end[0] = 0;
  return scores;
}

std::vector<Span> best_spans(const WindowScores& scores, std::span<const uint8_t> allowed, size_t k,
                             int64_t max_tokens) {
  const auto better = [](const Span& a, const Span& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.first != b.first ? a.first < b.first : a.last < b.last;
  };
  std::vector<Span> best;  // a heap, its worst on top
  const auto count = static_cast<int64_t>(allowed.size());
  for (int64_t i = 1; i < count; ++i)
    for (int64_t j = i; j < count && j < i + max_tokens; ++j) {
      if (!allowed[static_cast<size_t>(i)] || !allowed[static_cast<size_t>(j)]) continue;
      const Span span{i, j, scores.start[static_cast<size_t>(i)] * scores.end[static_cast<size_t>(j)]};
      if (best.size() == k) {
        if (k == 0 || !better(span, best[0])) continue;
        std::pop_heap(best.begin(), best.end(), better);
        best.pop_back();
      }
      best.push_back(span);
      std::push_heap(best.begin(), best.end(), better);
    }
  std::sort(best.begin(), best.end(), better);
  return best;
}

}  // namespace lathe::tasks
