// Two and eight threads share one engine, each with a context of its own: the same bits as one thread alone. The thread
// sanitizer watches this file (make sanitize).
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "lathe/build.h"

namespace lathe {
namespace {

const Engine& shared_engine() {
  static const Engine engine{build(std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models/base")};
  return engine;
}

/// A batch of its own number: lengths, ids and mask.
struct Batch {
  int64_t texts, length;
  std::vector<int32_t> ids, mask;
  explicit Batch(unsigned number) {
    std::mt19937 random(number);
    texts = 1 + static_cast<int64_t>(random() % 4);
    length = 1 + static_cast<int64_t>(random() % 24);
    for (int64_t i = 0; i < texts * length; ++i) {
      ids.push_back(static_cast<int32_t>(random() % 171));
      mask.push_back(random() % 4 != 0);
    }
  }
};

std::vector<float> answer(Context& context, const Batch& batch) {
  context.set_input("input_ids", {DType::i32, {batch.texts, batch.length}, batch.ids.data()});
  context.set_input("attention_mask", {DType::i32, {batch.texts, batch.length}, batch.mask.data()});
  const Status status = context.run();
  EXPECT_TRUE(status.ok()) << status.message();
  const ConstTensorRef out = context.output("last_hidden_state");
  const auto* values = static_cast<const float*>(out.data);
  return {values, values + out.shape.count()};
}

class EngineThreads : public testing::TestWithParam<int> {};

TEST_P(EngineThreads, ContextsOfOneEngineDoNotDisturbEachOther) {
  constexpr unsigned kBatches = 12;
  std::vector<std::vector<float>> expected;
  Context alone = shared_engine().context({.threads = 1});
  for (unsigned b = 0; b < kBatches; ++b) expected.push_back(answer(alone, Batch(b)));

  std::atomic<int> wrong{0};
  std::vector<std::thread> users;
  for (int t = 0; t < GetParam(); ++t)
    users.emplace_back([&, t, engine = shared_engine()] {
      // Teams of one to three: the pool's workers are lent to and fro.
      Context own = engine.context({.threads = 1 + t % 3});
      for (int round = 0; round < 4; ++round)
        for (unsigned b = 0; b < kBatches; ++b) {
          const unsigned mine = (b + static_cast<unsigned>(t)) % kBatches;
          if (answer(own, Batch(mine)) != expected[mine]) ++wrong;
        }
    });
  for (std::thread& user : users) user.join();
  EXPECT_EQ(wrong, 0);
}

/// Plans and engines too may be made while others run.
TEST_P(EngineThreads, EnginesAreMadeSideBySide) {
  const Batch batch(5);
  Context alone = shared_engine().context({.threads = 1});
  const std::vector<float> expected = answer(alone, batch);
  const Plan plan = shared_engine().plan();
  std::atomic<int> wrong{0};
  std::vector<std::thread> users;
  for (int t = 0; t < GetParam(); ++t)
    users.emplace_back([&] {
      const Engine own(plan);
      Context context = own.context({.threads = 2});
      if (answer(context, batch) != expected) ++wrong;
    });
  for (std::thread& user : users) user.join();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Users, EngineThreads, testing::Values(2, 8),
                         [](const auto& of) { return std::to_string(of.param); });

}  // namespace
}  // namespace lathe
