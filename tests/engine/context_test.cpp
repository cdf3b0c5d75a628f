// What a context promises: answers that do not depend on the batch, no allocation in run(), threads, memory.
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <random>

#include "base/cpu.h"
#include "base/file.h"
#include "lathe/build.h"
#include "tests/io/scratch.h"
#include "tests/support/allocations.h"

namespace lathe {
namespace {

const std::string kModel = std::string(LATHE_SOURCE_DIR) + "/models/minilm-fill-mask";
const std::string kSmall = std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models/base";

const Engine& built_in() {
  static const Engine engine = [] {
    BuildOptions options;
    options.outputs = {"last_hidden_state"};
    return Engine(build(kModel, options));
  }();
  return engine;
}

const Engine& small() {
  static const Engine engine{build(kSmall)};
  return engine;
}

/// Packed random texts.
struct Texts {
  std::vector<int32_t> ids, bounds{0};
  Texts(const std::vector<int64_t>& lengths, int32_t vocabulary, unsigned seed) {
    std::mt19937 random(seed);
    for (int64_t n : lengths) {
      for (int64_t i = 0; i < n; ++i) ids.push_back(static_cast<int32_t>(random() % static_cast<unsigned>(vocabulary)));
      bounds.push_back(bounds.back() + static_cast<int32_t>(n));
    }
  }
  void bind(Context& context) const {
    context.set_input("packed.input_ids", {DType::i32, {static_cast<int64_t>(ids.size())}, ids.data()});
    context.set_input("cu_seqlens", {DType::i32, {static_cast<int64_t>(bounds.size())}, bounds.data()});
    context.request({"packed.last_hidden_state"});
  }
};

std::vector<float> run(Context& context) {
  Status status = context.run();
  EXPECT_TRUE(status.ok()) << status.message();
  ConstTensorRef out = context.output("packed.last_hidden_state");
  const auto* values = static_cast<const float*>(out.data);
  return {values, values + out.shape.count()};
}

TEST(Context, TextAloneEqualsTextInABatchBitForBit) {
  std::vector<int64_t> lengths = {16, 1, 40, 7, 128, 0, 33};
  Texts batch(lengths, 30000, 3);
  for (int threads : {1, 2, 5}) {
    Context all = built_in().context({.threads = threads});
    batch.bind(all);
    std::vector<float> together = run(all);
    for (size_t t = 0; t < lengths.size(); ++t) {
      if (lengths[t] == 0) continue;
      Texts one({}, 1, 0);
      one.ids.assign(batch.ids.begin() + batch.bounds[t], batch.ids.begin() + batch.bounds[t + 1]);
      one.bounds = {0, static_cast<int32_t>(lengths[t])};
      Context alone = built_in().context({.threads = 1});
      one.bind(alone);
      std::vector<float> result = run(alone);
      EXPECT_EQ(std::memcmp(result.data(), together.data() + batch.bounds[t] * 384, result.size() * sizeof(float)), 0)
          << "text " << t << ", " << threads << " threads";
    }
  }
}

TEST(Context, RunAllocatesNothingOnceShapesWereSeen) {
  if (!test::allocations_are_seen()) GTEST_SKIP() << "the library calls an operator new of its own here";
  Context context = small().context({.threads = 2});
  std::vector<Texts> batches;
  for (unsigned i = 0; i < 6; ++i) batches.emplace_back(std::vector<int64_t>{int64_t(3 + i), int64_t(8 - i)}, 100, i);
  for (int round = 0; round < 2; ++round)
    for (const Texts& texts : batches) {
      texts.bind(context);
      ASSERT_TRUE(context.run().ok());
    }
  for (const Texts& texts : batches) {
    texts.bind(context);
    int64_t before = test::allocations();
    Status status = context.run();
    EXPECT_EQ(test::allocations() - before, 0);
    ASSERT_TRUE(status.ok());
  }
  // The padded form learns the number of tokens during the run.
  std::vector<int64_t> ids(12, 5), mask = {1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1};
  context.clear_inputs();
  context.set_input("input_ids", {DType::i64, {2, 6}, ids.data()});
  context.set_input("attention_mask", {DType::i64, {2, 6}, mask.data()});
  context.request({"last_hidden_state"});
  ASSERT_TRUE(context.run().ok());
  mask[1] = 0;
  int64_t before = test::allocations();
  Status status = context.run();
  EXPECT_EQ(test::allocations() - before, 0);
  EXPECT_TRUE(status.ok());
}

/// Where buffers lie is asked for again whenever other outputs are, or another form of the batch.
TEST(Context, MemoryDoesNotDependOnEarlierRuns) {
  Context used = small().context({.threads = 2});
  std::vector<int64_t> ids(14 * 2, 5);
  for (int round = 0; round < 3; ++round)
    for (int64_t length : {3, 14, 1, 8})
      for (bool packed : {true, false}) {
        const Texts texts({length, 15 - length}, 100, 1);
        auto bind = [&](Context& context) {
          context.clear_inputs();
          if (packed) {
            texts.bind(context);
          } else {
            context.set_input("input_ids", {DType::i64, {2, length}, ids.data()});
            context.request({"last_hidden_state"});
          }
        };
        bind(used);
        Context fresh = small().context({.threads = 2});
        bind(fresh);
        const size_t asked = used.arena_bytes();
        const int64_t before = test::allocations();
        const Status status = used.run();
        const int64_t taken = test::allocations() - before;
        ASSERT_TRUE(status.ok()) << status.message();
        if (test::allocations_are_seen() && round == 2) {
          EXPECT_EQ(taken, 0) << "all has been seen";
        }
        EXPECT_EQ(asked, fresh.arena_bytes());
        EXPECT_EQ(used.arena_bytes(), asked);
        ASSERT_TRUE(fresh.run().ok());
        const char* name = packed ? "packed.last_hidden_state" : "last_hidden_state";
        const ConstTensorRef a = used.output(name), b = fresh.output(name);
        ASSERT_TRUE(a.shape == b.shape);
        EXPECT_EQ(std::memcmp(a.data, b.data, static_cast<size_t>(a.shape.count()) * sizeof(float)), 0);
      }
}

int64_t resident_kib() {
  std::string statm = read_text_file("/proc/self/statm", 4096);
  return std::stoll(statm.substr(statm.find(' '))) * 4;
}

TEST(Context, ResidentSizeStaysOverManyRuns) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer keeps what was freed for a while";
#endif
  Context context = small().context({.threads = 2});
  std::mt19937 random(9);
  int64_t after_hundred = 0;
  for (unsigned i = 0; i < 10000; ++i) {
    // The first hundred include the longest batch.
    Texts texts({i == 50 ? 16 : 1 + int64_t(random() % 16), i == 50 ? 16 : 1 + int64_t(random() % 16)}, 100, i);
    texts.bind(context);
    ASSERT_TRUE(context.run().ok());
    if (i == 100) after_hundred = resident_kib();
  }
  EXPECT_LE(resident_kib(), after_hundred + 1024);
}

TEST(Context, UsersMemoryAndOwnMemoryGiveTheSame) {
  Texts texts({4, 6}, 100, 2);
  Context context = small().context({.threads = 1});
  texts.bind(context);
  std::vector<float> own = run(context), mine(own.size(), -1.0f);
  int64_t width = static_cast<int64_t>(own.size()) / 10;
  context.set_output("packed.last_hidden_state", {DType::f32, {10, width}, mine.data()});
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(mine, own);
  std::vector<float> too_small(10);
  context.set_output("packed.last_hidden_state", {DType::f32, {10}, too_small.data()});
  EXPECT_EQ(context.run().code(), ErrorCode::shape_mismatch);
}

TEST(Context, AnyIntegerTypeOfIdsIsTaken) {
  std::vector<int64_t> wide = {1, 7, 3, 9, 2, 4};
  std::vector<uint8_t> narrow(wide.begin(), wide.end());
  std::vector<float> real(wide.begin(), wide.end());
  Context context = small().context({.threads = 1});
  context.request({"last_hidden_state"});
  auto with = [&](DType type, const void* data) {
    context.set_input("input_ids", {type, {2, 3}, data});
    EXPECT_TRUE(context.run().ok());
    ConstTensorRef out = context.output("last_hidden_state");
    const auto* values = static_cast<const float*>(out.data);
    return std::vector<float>(values, values + out.shape.count());
  };
  std::vector<float> expected = with(DType::i64, wide.data());
  EXPECT_EQ(with(DType::u8, narrow.data()), expected);
  EXPECT_EQ(with(DType::f32, real.data()), expected);
}

TEST(Build, SameOptionsGiveTheSameBytes) {
  io_test::Scratch scratch;
  build(kSmall).save(scratch.path("a.plan"));
  build(kSmall).save(scratch.path("b.plan"));
  EXPECT_EQ(io_test::slurp(scratch.path("a.plan")), io_test::slurp(scratch.path("b.plan")));
  Plan::load(scratch.path("a.plan")).save(scratch.path("c.plan"));
  EXPECT_EQ(io_test::slurp(scratch.path("a.plan")), io_test::slurp(scratch.path("c.plan")));
}

TEST(Build, EachPassOffGivesNearlyTheSame) {
  Texts texts({5, 9, 1}, 100, 6);
  auto answer = [&](const std::string& passes) {
    BuildOptions options;
    options.passes = passes;
    Engine engine(build(kSmall, options));
    Context context = engine.context({.threads = 2});
    std::vector<int32_t> ids(3 * 9), mask(3 * 9);
    for (size_t t = 0; t < 3; ++t)
      for (int32_t i = texts.bounds[t]; i < texts.bounds[t + 1]; ++i) {
        ids[t * 9 + static_cast<size_t>(i - texts.bounds[t])] = texts.ids[static_cast<size_t>(i)];
        mask[t * 9 + static_cast<size_t>(i - texts.bounds[t])] = 1;
      }
    context.set_input("input_ids", {DType::i32, {3, 9}, ids.data()});
    context.set_input("attention_mask", {DType::i32, {3, 9}, mask.data()});
    context.request({"last_hidden_state"});
    Status status = context.run();
    EXPECT_TRUE(status.ok()) << passes << ": " << status.message();
    ConstTensorRef out = context.output("last_hidden_state");
    const auto* values = static_cast<const float*>(out.data);
    return std::vector<float>(values, values + out.shape.count());
  };
  std::vector<float> expected = answer("");
  for (const char* passes :
       {"-fuse_layer_norm", "-fuse_gelu", "-fuse_linear", "-fuse_attention", "-fuse_embeddings", "-fuse_qkv",
        "-fuse_epilogue", "-pack_tokens", "-select_rows", "-common_subexpressions",
        "-fuse_layer_norm,-fuse_gelu,-fuse_linear,-fuse_attention,-fuse_embeddings,-fuse_qkv,-fuse_epilogue,"
        "-pack_tokens,-select_rows"}) {
    std::vector<float> result = answer(passes);
    ASSERT_EQ(result.size(), expected.size()) << passes;
    double difference = 0, norm = 0;
    for (size_t i = 0; i < result.size(); ++i) {
      difference += std::pow(double(result[i]) - double(expected[i]), 2);
      norm += std::pow(double(expected[i]), 2);
    }
    EXPECT_LE(std::sqrt(difference / norm), 2e-6) << passes;
  }
}

}  // namespace
}  // namespace lathe
