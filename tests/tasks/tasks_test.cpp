#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "lathe/lathe.h"
#include "tasks/model_facts.h"
#include "tasks/scores.h"
#include "tasks/spans.h"

namespace lathe {
namespace {

std::string model(const std::string& name) { return LATHE_SOURCE_DIR "/tests/goldens/models/" + name; }

TEST(TasksScores, TopProbabilitiesEqualSoftmax) {
  std::vector<float> logits;
  for (int i = 0; i < 1003; ++i) logits.push_back(30.0f * std::sin(static_cast<float>(i) * 1.7f));
  logits[500] = logits[20];
  const std::vector<double> p = tasks::softmax(logits);
  const std::vector<tasks::Ranked> top = tasks::top_probabilities(logits, 1003);
  ASSERT_EQ(top.size(), logits.size());
  for (size_t i = 0; i < top.size(); ++i) {
    EXPECT_NEAR(top[i].probability / p[static_cast<size_t>(top[i].index)], 1, 1e-6);
    if (i == 0) continue;
    const float before = logits[static_cast<size_t>(top[i - 1].index)],
                here = logits[static_cast<size_t>(top[i].index)];
    EXPECT_TRUE(before > here || (before == here && top[i - 1].index < top[i].index));
  }
  EXPECT_EQ(tasks::top_probabilities(logits, 7).size(), 7u);
  EXPECT_EQ(tasks::top_probabilities(logits, 5000).size(), logits.size());
  EXPECT_TRUE(tasks::top_probabilities({}, 3).empty());
}

TEST(TasksScores, ExtremeLogitsStayFinite) {
  const std::vector<float> logits = {-1e30f, 1e4f, -200.0f, 1e4f};
  const std::vector<tasks::Ranked> top = tasks::top_probabilities(logits, 4);
  EXPECT_DOUBLE_EQ(top[0].probability, 0.5);
  EXPECT_EQ(top[0].index, 1);
  EXPECT_DOUBLE_EQ(top[3].probability, 0);
}

TEST(TasksSpans, BestSpansEqualExhaustiveSearch) {
  std::vector<float> start, end;
  std::vector<uint8_t> allowed;
  for (int i = 0; i < 40; ++i) {
    start.push_back(std::sin(static_cast<float>(i) * 2.3f));
    end.push_back(std::cos(static_cast<float>(i) * 1.1f));
    allowed.push_back(i == 0 || i > 6);
  }
  const tasks::WindowScores scores = tasks::window_scores(start, end, allowed);
  std::vector<double> all;
  for (size_t i = 7; i < 40; ++i)
    for (size_t j = i; j < std::min<size_t>(i + 5, 40); ++j) all.push_back(scores.start[i] * scores.end[j]);
  std::sort(all.rbegin(), all.rend());
  const std::vector<tasks::Span> best = tasks::best_spans(scores, allowed, 12, 5);
  ASSERT_EQ(best.size(), 12u);
  for (size_t i = 0; i < best.size(); ++i) {
    EXPECT_DOUBLE_EQ(best[i].score, all[i]);
    EXPECT_LT(best[i].last - best[i].first, 5);
  }
  double sum = scores.null_score > 0 ? 0 : 1;
  for (double p : scores.start) sum += p;
  EXPECT_LT(sum, 1) << "the null token keeps its share";
}

TEST(TasksFacts, AnythingOddCountsAsAbsent) {
  const auto facts = tasks::ModelFacts::parse(
      R"({"architecture": 3, "max_positions": "many", "id2label": {"1": "one", "x": "y", "-1": "z", "99999999999": "w"}})");
  EXPECT_EQ(facts.architecture, "");
  EXPECT_EQ(facts.max_positions, 0);
  EXPECT_EQ(facts.label(0), "LABEL_0");
  EXPECT_EQ(facts.label(1), "one");
  EXPECT_EQ(facts.label(7), "LABEL_7");
  EXPECT_EQ(tasks::ModelFacts::parse("no json").label(2), "LABEL_2");
}

TEST(TasksThreads, OneTaskServesManyThreads) {
  const FillMask fill(build(model("mlm-tied")), {.threads = 1, .batch_tokens = 16});
  const std::vector<std::string> texts = {"the old [MASK]", "Paris is the [MASK] of France.", "a [mask]"};
  const auto expected = fill(texts, 3);
  std::vector<std::thread> threads;
  std::vector<int> same(4, 0);
  for (size_t t = 0; t < same.size(); ++t)
    threads.emplace_back([&, t, copy = fill] {
      for (int i = 0; i < 5; ++i) {
        const auto answers = copy(texts, 3);
        for (size_t k = 0; k < texts.size(); ++k) same[t] += answers[k][0][0].sequence == expected[k][0][0].sequence;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (int count : same) EXPECT_EQ(count, 15);
}

TEST(TasksBatches, LimitsOfThePlanHold) {
  BuildOptions options;
  options.max_batch = 2;
  options.max_seq = 12;
  const Classifier classify(build(model("sequence"), options));
  const std::vector<TextInput> texts(7, {"the king opened a door", {}});
  EXPECT_EQ(classify(texts).size(), 7u);
  try {
    classify(std::vector<TextInput>{{"the king opened a door and walked in the garden of the house", {}}});
    FAIL() << "14 tokens, the plan takes 12";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::out_of_range);
  }
}

}  // namespace
}  // namespace lathe
