#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace lathe::tasks {

/// A run of tokens [first, last] and its probability P(first begins) P(last ends).
struct Span {
  int64_t first = 0, last = 0;
  double score = 0;
};

/// What one window of a context says.
struct WindowScores {
  std::vector<double> start, end;  ///< probabilities over the allowed tokens; 0 elsewhere and at the null token
  double null_score = 0;           ///< that the window holds no answer: P(null begins) P(null ends)
};
/// `allowed[t]`: a token of the context, or the null token (the first one) whose place means "no answer".
WindowScores window_scores(std::span<const float> start, std::span<const float> end, std::span<const uint8_t> allowed);

/// The `k` best spans of at most `max_tokens` tokens that begin and end on allowed tokens, best first, equals in order.
std::vector<Span> best_spans(const WindowScores& scores, std::span<const uint8_t> allowed, size_t k,
                             int64_t max_tokens);

}  // namespace lathe::tasks
