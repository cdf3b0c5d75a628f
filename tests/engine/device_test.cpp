// Plans whose steps run on a device with a memory and a time of its own: BERT wholly there, and split with the host.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>
#include <numeric>
#include <random>
#include <thread>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "plan/file.h"
#include "plan/waits.h"
#include "tests/io/scratch.h"
#include "tests/support/mini_bert.h"
#include "tests/support/tensors.h"
#include "tests/support/test_device.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

constexpr int32_t kBatch = 4, kSeq = 9;

/// A padded batch of texts of several lengths, one of them empty, and the same packed.
struct Batch {
  std::vector<int32_t> ids, mask, packed, bounds{0};
  explicit Batch(unsigned seed) {
    std::mt19937 random(seed);
    for (int32_t length : {kSeq, 0, 1 + static_cast<int32_t>(random() % 8), 4}) {
      for (int32_t i = 0; i < kSeq; ++i) {
        ids.push_back(static_cast<int32_t>(random() % 31));
        mask.push_back(i < length);
        if (i < length) packed.push_back(ids.back());
      }
      bounds.push_back(bounds.back() + length);
    }
  }
  void bind_padded(Context& context) const {
    context.clear_inputs();
    context.set_input("input_ids", tensor_of(DType::i32, {kBatch, kSeq}, ids));
    context.set_input("attention_mask", tensor_of(DType::i32, {kBatch, kSeq}, mask));
  }
  void bind_packed(Context& context) const {
    context.clear_inputs();
    context.set_input("packed.input_ids", tensor_of(DType::i32, {bounds.back()}, packed));
    context.set_input("cu_seqlens", tensor_of(DType::i32, {kBatch + 1}, bounds));
  }
};

ir::Network bert(MiniHead head) {
  MiniBertOptions options;
  options.head = head;
  ir::Network network = mini_bert(options);
  // As the readers of folders have them.
  for (ir::Input& input : network.inputs) {
    const std::string& name = network.value(input.value).name;
    if (name == "attention_mask") input.absent = ir::InputDefault::ones;
    if (name == "token_type_ids") input.absent = ir::InputDefault::zeros;
    if (name == "position_ids") input.absent = ir::InputDefault::positions;
  }
  return network;
}

Engine host_engine_of(MiniHead head) {
  compiler::CompileOptions options;
  options.padding = passes::Padding::dropped;
  return engine_of(compiler::compile(bert(head), options));
}

std::vector<double> doubles_of(const Context& context, std::string_view output) {
  const std::vector<float> values = values_of<float>(context, output);
  return {values.begin(), values.end()};
}

void expect_near(const Context& context, const Context& host, std::string_view output) {
  EXPECT_EQ(to_string(context.output(output).shape), to_string(host.output(output).shape));
  EXPECT_LE(norm_error(doubles_of(context, output), doubles_of(host, output)), 2e-6) << output;
}

struct Split {
  const char* name;
  Where where;
};
const std::vector<Split>& splits() {
  static const std::vector<Split> list = {
      {"wholly on the device", everywhere},
      {"every other step on the host", every_other},
      {"the first steps on the device", [](size_t position) { return position < 6; }},
      {"the first steps on the host", [](size_t position) { return position >= 6; }},
      {"at random", [](size_t position) { return (position * 2654435761u >> 7) % 3 != 0; }},
  };
  return list;
}

class DeviceBert : public testing::TestWithParam<size_t> {
 protected:
  Engine device_engine(MiniHead head) {
    const plan::Plan plan = device_plan(bert(head), splits()[GetParam()].where);
    return engine_by_file(plan);
  }
};

TEST_P(DeviceBert, EqualsTheHost) {
  SCOPED_TRACE(splits()[GetParam()].name);
  const std::vector<std::pair<MiniHead, std::vector<std::string>>> heads = {
      {MiniHead::hidden, {"last_hidden_state", "pooler_output"}},
      {MiniHead::fill_mask, {"logits"}},
      {MiniHead::classify, {"logits"}}};
  for (const auto& [head, outputs] : heads) {
    Context context = device_engine(head).context({.threads = 2}), host = host_engine_of(head).context({.threads = 2});
    for (unsigned round = 0; round < 6; ++round) {
      const Batch batch(round);
      for (bool packed : {false, true}) {
        // Outputs by batch or, for the packed form, those that it has.
        std::vector<std::string> names;
        for (const std::string& name : outputs)
          names.push_back(packed && name != "pooler_output" && head != MiniHead::classify ? "packed." + name : name);
        for (Context* each : {&context, &host}) {
          packed ? batch.bind_packed(*each) : batch.bind_padded(*each);
          each->request(names);
          const Status status = each->run();
          ASSERT_TRUE(status.ok()) << status.message();
        }
        for (const std::string& name : names) expect_near(context, host, name);
      }
    }
  }
}

TEST_P(DeviceBert, SeveralContextsAtOnce) {
  const Engine engine = device_engine(MiniHead::hidden), host = host_engine_of(MiniHead::hidden);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      Context context = engine.context({.threads = 1}), same = host.context({.threads = 1});
      for (unsigned round = 0; round < 4; ++round) {
        const Batch batch(10 * t + round);
        batch.bind_padded(context);
        batch.bind_padded(same);
        ASSERT_TRUE(context.run().ok());
        ASSERT_TRUE(same.run().ok());
        expect_near(context, same, "last_hidden_state");
      }
    });
  for (std::thread& thread : threads) thread.join();
}

/// Two devices and the host, each with a memory of its own: what goes from one device to the other goes by the host.
TEST(DeviceTwins, EqualTheHost) {
  const Engine host = host_engine_of(MiniHead::hidden);
  for (unsigned seed = 0; seed < 8; ++seed) {
    std::mt19937 random(seed);
    compiler::Placement placement = placed(everywhere);
    placement.devices.push_back("twin");
    placement.choose = [&](const ir::Node&, size_t) { return static_cast<int>(random() % 3); };
    const plan::Plan plan = placed_plan(bert(MiniHead::hidden), placement);
    const Engine engine = engine_of(plan);
    EXPECT_THROW(engine.queue(), Error) << "which of the two?";
    Context context = engine.context({.threads = 2}), same = host.context({.threads = 2});
    for (unsigned round = 0; round < 4; ++round) {
      const Batch batch(round);
      for (Context* each : {&context, &same}) {
        each->clear_inputs();
        round % 2 ? batch.bind_packed(*each) : batch.bind_padded(*each);
        each->request({round % 2 ? "packed.last_hidden_state" : "last_hidden_state"});
        const Status status = each->run();
        ASSERT_TRUE(status.ok()) << "placement " << seed << ": " << status.message();
      }
      expect_near(context, same, round % 2 ? "packed.last_hidden_state" : "last_hidden_state");
    }
  }
}

/// Several runs in flight on one queue, each waited for when its result is wanted.
TEST_P(DeviceBert, RunsAreEnqueued) {
  const Engine engine = device_engine(MiniHead::hidden), host = host_engine_of(MiniHead::hidden);
  Queue queue = engine.queue();
  Context same = host.context({.threads = 1});
  std::vector<Context> contexts;
  std::vector<Batch> batches;
  for (unsigned i = 0; i < 3; ++i) {
    contexts.push_back(engine.context({.threads = 1}));
    batches.emplace_back(i);
  }
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < contexts.size(); ++i) {
      batches[i].bind_padded(contexts[i]);
      const Status status = contexts[i].run(queue);
      ASSERT_TRUE(status.ok()) << status.message();
    }
    EXPECT_THROW(contexts[2].output("last_hidden_state"), Error) << "before it was waited for";
    for (size_t i = contexts.size(); i-- > 0;) {
      const Status status = contexts[i].wait();
      ASSERT_TRUE(status.ok()) << status.message();
      batches[i].bind_padded(same);
      ASSERT_TRUE(same.run().ok());
      expect_near(contexts[i], same, "last_hidden_state");
    }
  }
  // One that is given up does no harm.
  batches[0].bind_padded(contexts[0]);
  ASSERT_TRUE(contexts[0].run(queue).ok());
  contexts.erase(contexts.begin());
  queue.wait();
}

INSTANTIATE_TEST_SUITE_P(Splits, DeviceBert, testing::Range<size_t>(0, 5));

class Device : public testing::Test {
 protected:
  static constexpr const char* kOutput = "packed.last_hidden_state";
  ~Device() override {
    test_device_control().delay_us = 0;
    test_device_control().lose_copies = test_device_control().lose_events = false;
    test_device_control().limit = test_device_control().pinned_limit = 0;
  }
  /// Whether a run that loses something goes unnoticed. In the packed form, so that bounds of sequences, which kernels
  /// trust, never come from what is lost.
  static bool equals_the_host(const Engine& engine) {
    const Batch batch(3);  // outlives what a queue that nobody waits for still reads
    Context context = engine.context({.threads = 1});
    Context same = host_engine_of(MiniHead::hidden).context({.threads = 1});
    for (Context* each : {&context, &same}) {
      batch.bind_packed(*each);
      each->request({kOutput});
    }
    EXPECT_TRUE(same.run().ok());
    return context.run().ok() && norm_error(doubles_of(context, kOutput), doubles_of(same, kOutput)) <= 2e-6;
  }
};

/// The checks above can fail: they do where copies bring nothing or nobody waits.
TEST_F(Device, WhatIsLeftOutIsSeen) {
  const Engine engine = engine_of(device_plan(bert(MiniHead::hidden), every_other));
  EXPECT_TRUE(equals_the_host(engine));
  test_device_control().lose_copies = true;
  EXPECT_FALSE(equals_the_host(engine));
  test_device_control().lose_copies = false;
  EXPECT_TRUE(equals_the_host(engine));
  test_device_control().delay_us = 2000;
  test_device_control().lose_events = true;
  EXPECT_FALSE(equals_the_host(engine));
}

/// Transposes are views where every reader takes any distance between neighbours.
TEST_F(Device, TransposesAreViews) {
  const char* unfused = "-fuse_attention,-fuse_linear,-fuse_qkv,-fuse_epilogue,-pack_tokens,-fold_constants";
  const plan::Plan plan = device_plan(bert(MiniHead::hidden), everywhere, unfused);
  int turned = 0;
  for (const plan::Tensor& tensor : plan.tensors) turned += tensor.format.order.rank() > 0;
  EXPECT_GT(turned, 5);
  Context context = engine_of(plan).context({.threads = 1});
  Context same = host_engine_of(MiniHead::hidden).context({.threads = 1});
  const Batch batch(2);
  for (Context* each : {&context, &same}) {
    batch.bind_padded(*each);
    const Status status = each->run();
    ASSERT_TRUE(status.ok()) << status.message();
  }
  expect_near(context, same, "pooler_output");
}

TEST_F(Device, MemoryGoesBack) {
  const size_t before = test_device_control().held;
  {
    const Engine engine = engine_of(device_plan(bert(MiniHead::hidden), everywhere));
    EXPECT_GT(test_device_control().held, before) << "its weights";
    EXPECT_TRUE(equals_the_host(engine));
  }
  EXPECT_EQ(test_device_control().held, before);
}

/// Queues copy from and to memory that was made for it, but for what the caller bound.
TEST_F(Device, CopiesGoThroughPinnedMemory) {
  const size_t before = test_device_control().pinned_held;
  size_t tensors = 0;
  for (size_t split = 0; split < splits().size(); ++split) {
    SCOPED_TRACE(splits()[split].name);
    const plan::Plan plan = device_plan(bert(MiniHead::hidden), splits()[split].where);
    for (const plan::Tensor& tensor : plan.tensors) {
      tensors += tensor.memory == plan::Memory::pinned;
      EXPECT_TRUE(tensor.memory == plan::Memory::ordinary || tensor.device == plan::kHost) << tensor.name;
    }
    const Engine engine = engine_of(plan);
    Context context = engine.context({.threads = 1});
    const Batch batch(1);
    const std::vector<int64_t> ids(batch.ids.begin(), batch.ids.end()), mask(batch.mask.begin(), batch.mask.end());
    const auto copied = [&] {
      test_device_control().pinned_copied = test_device_control().unpinned_copied = 0;
      const Status status = context.run();
      EXPECT_TRUE(status.ok()) << status.message();
      return test_device_control().unpinned_copied;
    };
    // Of another type they are converted, into memory of the context.
    context.set_input("input_ids", tensor_of(DType::i64, {kBatch, kSeq}, ids));
    context.set_input("attention_mask", tensor_of(DType::i64, {kBatch, kSeq}, mask));
    EXPECT_EQ(copied(), 0u);
    EXPECT_GT(test_device_control().pinned_copied, 0u);
    EXPECT_GT(test_device_control().pinned_held, before);
    std::vector<float> bound(static_cast<size_t>(context.output("last_hidden_state").shape.count()));
    batch.bind_padded(context);
    const size_t inputs = 2 * batch.ids.size() * sizeof(int32_t);
    EXPECT_LE(copied(), inputs) << "what the caller bound";
    context.set_output("last_hidden_state", {DType::f32, context.output("last_hidden_state").shape, bound.data()});
    const size_t all = copied(), outputs = bound.size() * sizeof(float);
    EXPECT_TRUE(all <= inputs || (all >= outputs && all <= inputs + outputs)) << all;
  }
  EXPECT_GT(tensors, 0u);
  EXPECT_EQ(test_device_control().pinned_held, before) << "it goes back";
}

/// What activations, results and counts take of it is in the numbers of a context.
TEST_F(Device, PinnedMemoryIsCounted) {
  const size_t before = test_device_control().pinned_held;
  const Engine engine = engine_of(device_plan(bert(MiniHead::hidden), every_other));
  Context context = engine.context({.threads = 1});
  const Batch batch(1);
  batch.bind_padded(context);
  const size_t required = context.required_bytes();
  EXPECT_EQ(test_device_control().pinned_held, before) << "asking takes none";
  ASSERT_TRUE(context.run().ok());
  EXPECT_GT(test_device_control().pinned_held, before);
  EXPECT_GE(required + 4096, test_device_control().pinned_held - before) << "but for what ends are rounded to";
}

TEST_F(Device, NoPinnedMemoryIsOneError) {
  const Engine engine = engine_of(device_plan(bert(MiniHead::hidden), every_other));
  Context context = engine.context({.threads = 1});
  const Batch batch(1);
  batch.bind_padded(context);
  test_device_control().pinned_limit = test_device_control().pinned_held + 256;
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::out_of_memory);
  EXPECT_NE(status.message().find("test: the host has no "), std::string::npos) << status.message();
  EXPECT_NE(status.message().find("that the device can pin"), std::string::npos) << status.message();
  test_device_control().pinned_limit = 0;
  EXPECT_TRUE(context.run().ok());
}

/// A device that has no such memory gives ordinary memory of the host.
TEST_F(Device, WithoutPinnedMemory) {
  class Plain : public backends::Device {
   public:
    std::string_view name() const override { return "plain"; }
    void* allocate(size_t) override { return nullptr; }
    void release(void*) noexcept override {}
    std::unique_ptr<backends::Queue> make_queue() override { return nullptr; }
  } plain;
  backends::DeviceMemory memory;
  memory.reserve_pinned(plain, 1000);
  std::fill_n(memory.data(), 1000, std::byte{1});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 256, 0u);
  EXPECT_THROW(memory.reserve_pinned(plain, SIZE_MAX - 8), Error);
  backends::DeviceMemory own;
  EXPECT_THROW(own.reserve(plain, 1), Error) << "of its own there is none";
}

TEST_F(Device, NoMemoryIsOneError) {
  const Engine engine = engine_of(device_plan(bert(MiniHead::hidden), everywhere));
  Context context = engine.context({.threads = 1});
  const Batch batch(1);
  batch.bind_padded(context);
  test_device_control().limit = test_device_control().held + 4096;
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::out_of_memory);
  EXPECT_NE(status.message().find("test: the device has no "), std::string::npos) << status.message();
  test_device_control().limit = 0;
  EXPECT_TRUE(context.run().ok());
}

/// Who waits for a run does not wait for what others enqueued behind it.
TEST_F(Device, ARunIsWaitedForAlone) {
  const Engine engine = engine_of(device_plan(bert(MiniHead::hidden), everywhere));
  Queue queue = engine.queue();
  Context first = engine.context({.threads = 1}), second = engine.context({.threads = 1});
  const Batch batch(1);
  for (Context* each : {&first, &second}) batch.bind_padded(*each);
  ASSERT_TRUE(first.run(queue).ok());
  ASSERT_TRUE(first.wait().ok());
  test_device_control().delay_us = 5000;  // of some thirty pieces of work
  ASSERT_TRUE(first.run(queue).ok());
  ASSERT_TRUE(second.run(queue).ok());
  ASSERT_TRUE(first.wait().ok());
  const auto between = std::chrono::steady_clock::now();
  ASSERT_TRUE(second.wait().ok());
  EXPECT_GT(std::chrono::steady_clock::now() - between, std::chrono::milliseconds(20));
}

/// An engine that cannot be made leaves no upload behind that reads what is gone.
TEST_F(Device, UploadsOfAnEngineThatIsNotMade) {
  const plan::Plan plan = device_plan(bert(MiniHead::hidden), everywhere);
  test_device_control().delay_us = 3000;
  test_device_control().abandoned = 0;
  test_device_control().limit = test_device_control().held + 4096;
  EXPECT_THROW(engine_of(plan), Error);
  EXPECT_EQ(test_device_control().abandoned, 0u);
}

/// A step of the host and one of a device in turn, `rounds` times, each on what it made itself and the host's waiting
/// for what was long before; then the product of both results.
Engine alternating(int rounds) {
  plan::Plan plan = device_plan(ir::parse("input %x: f32[n]\n"
                                          "%a.out: f32[n] = unary(kind=neg) (%x)\n"
                                          "%b.out: f32[n] = unary(kind=neg) (%a.out)\n"
                                          "%c.out: f32[n] = binary(kind=mul) (%a.out, %b.out)\n"
                                          "output c = %c.out\n"),
                                every_other);
  // The host's step, a copy, the device's, a copy back, the product.
  std::vector<plan::Step> steps(plan.steps.begin(), plan.steps.begin() + 3);
  for (int r = 0; r < rounds; ++r)
    for (const size_t place : {size_t{0}, size_t{2}}) {
      plan::Step made = plan.steps.at(place);
      made.inputs = made.outputs;
      made.outputs = {static_cast<int>(plan.tensors.size())};
      plan.tensors.push_back(plan.tensors[static_cast<size_t>(made.inputs[0])]);
      plan.steps[place] = made;
      steps.push_back(std::move(made));
    }
  plan.steps[3].inputs = plan.steps[2].outputs;
  plan.steps.at(4).inputs[0] = plan.steps[0].outputs[0];
  steps.insert(steps.end(), plan.steps.begin() + 3, plan.steps.end());
  plan.steps = std::move(steps);
  plan::note_waits(plan);
  for (size_t s = 3; s < plan.steps.size(); ++s)
    if (plan.steps[s].device == plan::kHost && plan.steps[s].waits.empty()) plan.steps[s].waits = {2};
  plan::validate(plan, "segments");
  return engine_of(std::move(plan));
}

/// Takes time in line with the number of steps.
TEST_F(Device, ManySegments) {
  const std::vector<float> x = {1, -2};
  Context few = alternating(50).context({.threads = 1}), many = alternating(20000).context({.threads = 1});
  for (Context* context : {&few, &many}) context->set_input("x", tensor_of(DType::f32, {2}, x));
  const Status status = few.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(values_of<float>(few, "c"), (std::vector<float>{-1, -4}));
  [[maybe_unused]] const std::clock_t start = std::clock();
  EXPECT_GT(many.required_bytes(), few.required_bytes() - 1);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(std::clock() - start, 2 * CLOCKS_PER_SEC) << "of the processor: others may be at work beside";
#endif
}

TEST_F(Device, FaultsNameTheInput) {
  for (const Where& where : {Where(everywhere), Where(every_other)}) {
    Context context = engine_of(device_plan(bert(MiniHead::hidden), where)).context({.threads = 1});
    Batch batch(1);
    batch.ids[3] = 31;
    batch.bind_padded(context);
    const Status status = context.run();
    EXPECT_EQ(status.code(), ErrorCode::out_of_range);
    EXPECT_NE(status.message().find("input_ids[0, 3]"), std::string::npos) << status.message();
    EXPECT_NE(status.message().find("31 is outside its table of 31 rows"), std::string::npos) << status.message();
    batch.ids[3] = 30;
    EXPECT_TRUE(context.run().ok());
  }
}

/// Counts of the device, of the host, and sizes that the device cannot work out alone ([count * count]).
TEST_F(Device, SizesThatARunFinds) {
  const ir::Network network = ir::parse(
      "network found\n"
      "input %x: f32[n]\n"
      "%places.out: i64[1, count] = non_zero (%x)\n"
      "%flat.out: i64[count] = reshape(shape=[count]) (%places.out)\n"
      "%values.out: f32[count] = gather (%x, %flat.out)\n"
      "%column.out: f32[count, 1] = reshape(shape=[count, 1]) (%values.out)\n"
      "%row.out: f32[1, count] = reshape(shape=[1, count]) (%values.out)\n"
      "%table.out: f32[count, count] = binary(kind=mul) (%column.out, %row.out)\n"
      "%flat_table.out: f32[count*count] = reshape(shape=[count*count]) (%table.out)\n"
      "%negated.out: f32[count*count] = unary(kind=neg) (%flat_table.out)\n"
      "%twice.out: f32[count] = binary(kind=add) (%values.out, %values.out)\n"
      "%sum.out: f32[1] = reduce(kind=sum, axes=[0], keep_dims=true) (%negated.out)\n"
      "output table = %negated.out\n"
      "output twice = %twice.out\n"
      "output sum = %sum.out\n");
  for (unsigned bits = 0; bits < 256; ++bits) {  // which of the nodes that are steps
    const Engine engine = engine_of(device_plan(network, [bits](size_t p) { return (bits >> (p % 8) & 1) != 0; }));
    Context context = engine.context({.threads = 1});
    for (const std::vector<float>& x :
         std::vector<std::vector<float>>{{0, 3, 0, -4, 5}, {0, 0, 0, 0, 0}, {1, 2, 3, 4, 5}}) {
      context.set_input("x", tensor_of(DType::f32, {5}, x));
      const Status status = context.run();
      ASSERT_TRUE(status.ok()) << status.message();
      std::vector<float> found, table, twice;
      for (float v : x)
        if (v != 0) found.push_back(v);
      for (float a : found) {
        twice.push_back(2 * a);
        for (float b : found) table.push_back(-a * b);
      }
      // Beyond what was found lies what nobody has written.
      EXPECT_EQ(values_of<float>(context, "sum")[0], std::accumulate(table.begin(), table.end(), 0.0f)) << bits;
      EXPECT_EQ(values_of<float>(context, "table"), table) << bits;
      EXPECT_EQ(values_of<float>(context, "twice"), twice) << bits;
    }
  }
}

/// What is called of a context whose run is in flight waits for it; its status is not lost.
TEST_F(Device, CallsDuringARun) {
  const Engine engine = engine_of(device_plan(bert(MiniHead::hidden), every_other));
  Queue queue = engine.queue();
  Context context = engine.context({.threads = 1});
  EXPECT_TRUE(context.wait().ok()) << "nothing was started";
  Batch batch(1), other(2);
  batch.bind_padded(context);
  ASSERT_TRUE(context.run(queue).ok());
  other.bind_padded(context);  // of another run
  context.request({"pooler_output"});
  EXPECT_GT(context.required_bytes(), 0u);
  EXPECT_TRUE(context.wait().ok());
  EXPECT_EQ(context.output("last_hidden_state").shape.rank(), 3) << "of the run that was waited for";
  batch.ids[3] = 31;
  batch.bind_padded(context);
  if (context.run(queue).ok()) {
    context.clear_inputs();
    EXPECT_EQ(context.wait().code(), ErrorCode::out_of_range);
  }
  EXPECT_THROW(context.output("pooler_output"), Error);
  context.clear_inputs();
  EXPECT_EQ(context.run(queue).code(), ErrorCode::invalid_argument) << "no inputs";
  EXPECT_EQ(context.wait().code(), ErrorCode::invalid_argument) << "the status may come from either";
}

TEST_F(Device, QueuesOfOthersAreRefused) {
  const Engine host = host_engine_of(MiniHead::hidden);
  EXPECT_THROW(host.queue(), Error);
  const Engine engine = engine_of(device_plan(bert(MiniHead::hidden), everywhere));
  Queue queue = engine.queue();
  Context context = host.context({.threads = 1});
  EXPECT_EQ(context.run(queue).code(), ErrorCode::invalid_argument);
}

/// An address of the one given to the other is an error of the queue.
TEST_F(Device, MemoriesAreApart) {
  backends::Device& device = *backends::backends_of(test_device())[0]->device();
  const std::unique_ptr<backends::Queue> queue = device.make_queue();
  backends::DeviceMemory memory;
  memory.reserve(device, 64);
  std::vector<std::byte> host(64);
  const auto refused = [&] {
    try {
      queue->wait(queue->record());
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::device;
    }
  };
  queue->download(host.data(), memory.data(), 64);
  EXPECT_FALSE(refused());
  EXPECT_EQ(host[63], std::byte{0xff}) << "fresh memory is poisoned";
  queue->upload(host.data(), host.data(), 64);
  EXPECT_TRUE(refused());
  queue->download(memory.data(), memory.data(), 64);
  EXPECT_TRUE(refused());
  queue->download(host.data(), memory.data(), 4096);
  EXPECT_TRUE(refused()) << "beyond its end";
}

}  // namespace
}  // namespace lathe
