// Tensors in blocks and in orders of their own: what tactics want of a device, what callers bind, what plans may say.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "plan/file.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"
#include "tests/support/tensors.h"
#include "tests/support/test_device.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

const Format kChw4{{}, 1, 4}, kChw32{{}, 1, 32}, kHwc8{{0, 2, 3, 1}, 1, 8}, kHwc{{0, 2, 3, 1}};

/// neg, abs, exp and erf of [n, c, h, w] are done in CHW4, CHW32, HWC8 and channels last on the device for tests.
std::string network_of(std::string_view kinds) {
  std::string text =
      "network formats\n"
      "input %x: f32[n, 5, 3, 2]\n"
      "%first.out: f32[n, 5, 3, 2] = binary(kind=add) (%x, %x)\n";
  std::string last = "first", kind;
  int number = 0;
  for (size_t at = 0; at < kinds.size(); at += kind.size() + 1) {
    kind = kinds.substr(at, kinds.find(' ', at) - at);
    const std::string name = fmt::format("{}{}", kind, number++);
    text += fmt::format("%{}.out: f32[n, 5, 3, 2] = unary(kind={}) (%{}.out)\n", name, kind, last);
    last = name;
  }
  return text + fmt::format(
                    "%last.out: f32[n, 5, 3, 2] = binary(kind=mul) (%{0}.out, %{0}.out)\noutput y = %last.out\n", last);
}

std::vector<float> numbers(int64_t count) {
  std::vector<float> x;
  for (int64_t i = 0; i < count; ++i) x.push_back(0.05f * static_cast<float>((i * 7) % 41 - 20));
  return x;
}

std::vector<float> answer(const Engine& engine, int64_t n) {
  Context context = engine.context({.threads = 1});
  const std::vector<float> x = numbers(n * 30);
  context.set_input("x", tensor_of(DType::f32, {n, 5, 3, 2}, x));
  const Status status = context.run();
  EXPECT_TRUE(status.ok()) << status.message();
  return status.ok() ? values_of<float>(context, "y") : std::vector<float>();
}

void expect_near(const std::vector<float>& x, const std::vector<float>& r) {
  EXPECT_LE(norm_error(std::vector<double>(x.begin(), x.end()), std::vector<double>(r.begin(), r.end())), 1e-6);
}

plan::Plan through_file(const plan::Plan& plan) {
  const io_test::Scratch scratch;
  plan::write_file(plan, scratch.path("formats.plan"));
  return plan::read_file(scratch.path("formats.plan"), false);
}

/// "test.copy -> row-major", ...: what steps run and how their results lie.
std::vector<std::string> steps_of(const plan::Plan& plan) {
  std::vector<std::string> list;
  for (const plan::Step& step : plan.steps)
    list.push_back(
        fmt::format("{} -> {}", step.tactic, to_string(plan.tensors[static_cast<size_t>(step.outputs[0])].format)));
  return list;
}

TEST(EngineFormats, CopiesStandBetweenWhatTacticsWant) {
  using Steps = std::vector<std::string>;
  const std::string add = "test.binary -> row-major", chw4 = "dimension 1 by 4",
                    hwc8 = "order 0,2,3,1, dimension 1 by 8";
  const std::pair<const char*, Steps> cases[] = {
      {"neg", {add, "test.copy -> " + chw4, "test.unary.chw4 -> " + chw4, "test.copy -> row-major", add}},
      {"neg neg",
       {add, "test.copy -> " + chw4, "test.unary.chw4 -> " + chw4, "test.unary.chw4 -> " + chw4,
        "test.copy -> row-major", add}},
      {"exp neg",
       {add, "test.copy -> " + hwc8, "test.unary.hwc8 -> " + hwc8, "test.copy -> " + chw4, "test.unary.chw4 -> " + chw4,
        "test.copy -> row-major", add}},
      // What lies in another order others read where it is: they take any distance between neighbours.
      {"erf", {add, "test.copy -> order 0,2,3,1", "test.unary.hwc -> order 0,2,3,1", add}},
      {"sqrt", {add, "test.unary -> row-major", add}},
  };
  for (const auto& [kinds, expected] : cases) {
    SCOPED_TRACE(kinds);
    const plan::Plan plan = through_file(device_plan(ir::parse(network_of(kinds)), everywhere));
    EXPECT_EQ(steps_of(plan), expected);
    const Engine engine = engine_of(plan), host = text_engine(network_of(kinds));
    for (int64_t n : {1, 3, 0, 2}) expect_near(answer(engine, n), answer(host, n));
  }
}

TEST(EngineFormats, OnHostAndDeviceInEveryMixture) {
  const std::string network = network_of("neg abs exp erf neg");
  const Engine host = text_engine(network);
  for (unsigned bits = 0; bits < 128; ++bits) {
    const plan::Plan plan =
        through_file(device_plan(ir::parse(network), [bits](size_t p) { return (bits >> p & 1) != 0; }));
    expect_near(answer(engine_of(plan), 2), answer(host, 2));
  }
}

/// An output is row-major, whatever the tactic that makes it wants, and is read in blocks where it is made.
TEST(EngineFormats, PortsAreRowMajor) {
  const char* network =
      "network ports\n"
      "input %x: f32[n, 5, 3, 2]\n"
      "%a.out: f32[n, 5, 3, 2] = unary(kind=neg) (%x)\n"
      "%b.out: f32[n, 5, 3, 2] = unary(kind=neg) (%a.out)\n"
      "output a = %a.out\n"
      "output b = %b.out\n";
  const Engine engine = engine_of(device_plan(ir::parse(network), everywhere));
  for (const TensorInfo& info : engine.outputs()) EXPECT_TRUE(info.format.is_dense()) << info.name;
  Context context = engine.context({.threads = 1});
  const std::vector<float> x = numbers(60);
  std::vector<float> negated;
  for (float v : x) negated.push_back(-v);
  context.set_input("x", tensor_of(DType::f32, {2, 5, 3, 2}, x));
  context.run().throw_if_error();
  EXPECT_EQ(values_of<float>(context, "a"), negated);
  EXPECT_EQ(values_of<float>(context, "b"), x);
}

/// Who binds an entry gives what is read behind it: nobody reads the blocks that it replaces.
TEST(EngineFormats, EntriesAreRowMajor) {
  const char* network =
      "network entries\n"
      "input %x: f32[n, 5, 3, 2]\n"
      "%a.out: f32[n, 5, 3, 2] = unary(kind=neg) (%x)\n"
      "%b.out: f32[n, 5, 3, 2] = unary(kind=neg) (%a.out)\n"
      "entry inner = %a.out required\n"
      "output y = %b.out\n";
  Context context = engine_of(device_plan(ir::parse(network), everywhere)).context({.threads = 1});
  const std::vector<float> x = numbers(60);
  std::vector<float> negated;
  for (float v : x) negated.push_back(-v);
  for (const char* bound : {"x", "inner", "x"}) {
    context.clear_inputs();
    context.set_input(bound, tensor_of(DType::f32, {2, 5, 3, 2}, x));
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(values_of<float>(context, "y"), *bound == 'x' ? x : negated);
  }
}

/// Of sizes that a run counts only the outermost one, which moves nothing; else the tactic is not taken.
TEST(EngineFormats, SizesThatARunFinds) {
  const std::string network =
      "network found\n"
      "input %mask: f32[n]\n"
      "input %table: f32[n, 5, 2, 1]\n"
      "%places.out: i64[1, count] = non_zero (%mask)\n"
      "%flat.out: i64[count] = reshape(shape=[count]) (%places.out)\n"
      "%rows.out: f32[count, 5, 2, 1] = gather (%table, %flat.out)\n"
      "%y.out: f32[count, 5, 2, 1] = unary(kind=neg) (%rows.out)\n"
      "%turned.out: f32[5, count, 2, 1] = transpose(perm=[1, 0, 2, 3]) (%rows.out)\n"
      "%z.out: f32[5, count, 2, 1] = unary(kind=neg) (%turned.out)\n"
      "output y = %y.out\n"
      "output z = %z.out\n";
  const plan::Plan plan = through_file(device_plan(ir::parse(network), everywhere));
  int blocked = 0;
  for (const plan::Step& step : plan.steps) {
    blocked += step.tactic == "test.unary.chw4";
    EXPECT_TRUE(step.name != "z" || step.tactic == "test.unary") << step.tactic;
  }
  EXPECT_EQ(blocked, 1);
  Context context = engine_of(plan).context({.threads = 1}), host = text_engine(network).context({.threads = 1});
  const std::vector<float> table = numbers(50);
  for (const std::vector<float>& mask :
       std::vector<std::vector<float>>{{0, 1, 0, 1, 1}, {0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}}) {
    for (Context* each : {&context, &host}) {
      each->set_input("mask", tensor_of(DType::f32, {5}, mask));
      each->set_input("table", tensor_of(DType::f32, {5, 5, 2, 1}, table));
      const Status status = each->run();
      ASSERT_TRUE(status.ok()) << status.message();
    }
    for (const char* name : {"y", "z"}) EXPECT_EQ(values_of<float>(context, name), values_of<float>(host, name));
  }
}

constexpr std::string_view kPorts =
    "network ports\n"
    "input %x: f32[n, 5, 3]\n"
    "%a.out: f32[n, 5, 3] = unary(kind=neg) (%x)\n"
    "%b.out: f32[n, 5, 3] = unary(kind=neg) (%a.out)\n"
    "output y = %b.out\n";

int tensor_named(const plan::Plan& plan, std::string_view name) {
  for (size_t t = 0; t < plan.tensors.size(); ++t)
    if (plan.tensors[t].name == name) return static_cast<int>(t);
  return -1;
}

plan::Plan ports_plan(const Format& input, const Format& inner, const Format& output) {
  plan::Plan plan = text_plan(kPorts);
  const std::pair<const char*, Format> formats[] = {{"x", input}, {"a.out", inner}, {"b.out", output}};
  for (const auto& [name, format] : formats)
    plan.tensors.at(static_cast<size_t>(tensor_named(plan, name))).format = format;
  return plan;
}

/// As memory has it.
std::vector<float> laid_out(const std::vector<float>& x, const Shape& shape, const Format& format) {
  std::vector<float> memory(static_cast<size_t>(format.elements(shape)));
  const Shape strides = format.strides(shape);
  for (int64_t i = 0; i < shape.count(); ++i) {
    int64_t rest = i, at = 0;
    for (int d = shape.rank() - 1; d >= 0; --d) {
      const int64_t place = rest % shape[d];
      at += d == format.axis ? place / format.block * strides[d] + place % format.block : place * strides[d];
      rest /= shape[d];
    }
    memory[static_cast<size_t>(at)] = x[static_cast<size_t>(i)];
  }
  return memory;
}

/// The processor's kernels read rows: the reference does what lies otherwise, with its own plan as with any.
TEST(EngineFormats, CallersBindWhatThePlanSays) {
  const Format formats[] = {{}, {{}, 1, 4}, {{0, 2, 1}, 1, 8}, {{0, 2, 1}}, {{2, 1, 0}, 2, 2}};
  for (const Format& input : formats)
    for (const Format& output : formats) {
      SCOPED_TRACE(to_string(input) + " to " + to_string(output));
      const Engine engine = engine_of(through_file(ports_plan(input, formats[2], output)));
      EXPECT_EQ(engine.inputs()[0].format, input);
      EXPECT_EQ(engine.outputs()[0].format, output);
      Context context = engine.context({.threads = 2});
      for (int64_t n : {2, 1, 5}) {
        const Shape shape{n, 5, 3};
        const std::vector<float> x = numbers(n * 15), given = laid_out(x, shape, input);
        const std::vector<float> expected = laid_out(x, shape, output);
        ConstTensorRef bound(DType::f32, shape, given.data());
        bound.format = input;
        context.set_input("x", bound);
        // The context's memory, the caller's, and an allocator's.
        std::vector<float> memory(expected.size() + 1, 77), allocated;
        for (int kind = 0; kind < 3; ++kind) {
          context.set_output("y", {});
          if (kind == 1) context.set_output("y", {DType::f32, shape, memory.data(), output});
          if (kind == 2)
            context.set_output_allocator("y", [&](size_t bytes, const Shape&) {
              allocated.assign(bytes / sizeof(float), 77);
              return static_cast<void*>(allocated.data());
            });
          const size_t needed = context.required_bytes();
          EXPECT_GE(needed, kind == 1 ? 0 : expected.size() * sizeof(float));
          context.run().throw_if_error();
          const ConstTensorRef result = context.output("y");
          EXPECT_EQ(result.format, output);
          const auto* values = static_cast<const float*>(result.data);
          EXPECT_EQ(std::vector<float>(values, values + expected.size()), expected);
        }
        EXPECT_EQ(memory.back(), 77) << "wrote behind the end";
        EXPECT_EQ(allocated.size(), expected.size());
      }
    }
}

TEST(EngineFormats, OtherFormatsAreRefused) {
  const Format blocked{{}, 1, 4};
  Context context = engine_of(ports_plan(blocked, {}, blocked)).context({.threads = 1});
  std::vector<float> x(200);
  ConstTensorRef rows(DType::f32, {2, 5, 3}, x.data()), right = rows;
  right.format = blocked;
  expect_refusal(ErrorCode::shape_mismatch, {"x", "its elements lie row-major", "bind it dimension 1 by 4"},
                 [&] { context.set_input("x", rows); });
  ConstTensorRef strided = right;
  strided.strides = {1, 2, 10};
  expect_refusal(ErrorCode::unsupported, {"x", "with strides", "convert it first"},
                 [&] { context.set_input("x", strided); });
  expect_refusal(ErrorCode::shape_mismatch, {"y", "its elements lie row-major", "that lie dimension 1 by 4"}, [&] {
    context.set_output("y", {DType::f32, {2, 5, 3}, x.data()});
  });
  // 30 elements lie in 48.
  context.set_input("x", right);
  std::vector<float> y(48);
  context.set_output("y", {DType::f32, {2, 4, 3}, y.data(), blocked});
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::shape_mismatch) << status.message();
  context.set_output("y", {DType::f32, {2, 5, 3}, y.data(), blocked});
  EXPECT_TRUE(context.run().ok());
  context.set_output("y", {DType::f32, {2, 5, 3}, x.data() + 47, blocked});
  EXPECT_NE(context.run().message().find("overlaps"), std::string::npos) << "what fills blocks up is its memory too";
}

TEST(EngineFormats, HostilePlans) {
  const auto refused = [](const char* problem, auto change) {
    SCOPED_TRACE(problem);
    plan::Plan bad = ports_plan({}, {}, {});
    change(bad, bad.tensors.at(static_cast<size_t>(tensor_named(bad, "a.out"))));
    expect_refusal(ErrorCode::corrupt_file, {"bad", problem, "build the plan again"}, [&] {
      const io_test::Scratch scratch;
      plan::write_file(bad, scratch.path("bad.plan"));
      plan::read_file(scratch.path("bad.plan"), true);
    });
  };
  const Format bad[] = {{{}, 3, 4},     {{}, -1, 4},        {{}, 1, 0},   {{}, 1, -4},       {{}, 1, INT64_MAX},
                        {{0, 1}},       {{0, 1, 1}},        {{0, 1, 2}},  {{0, 2, 3}, 1, 4}, {{-1, 0, 1}},
                        {{0, 2, 1, 3}}, {{}, 0, INT64_MIN}, {{}, 2, 2000}};
  for (const Format& format : bad)
    refused("has a format that its dimensions cannot have", [&](auto&, plan::Tensor& t) { t.format = format; });
  refused("begins within a byte", [](auto&, plan::Tensor& t) {
    t.type.dtype = DType::i4;
    t.format = {{}, 1, 4};
  });
  refused("is a view in blocks", [](auto& plan, plan::Tensor& t) {
    t.storage = plan::Storage::view;
    t.base = tensor_named(plan, "x");
    t.format = {{}, 1, 4};
  });
  refused("views a tensor that does not lie row-major", [](auto& plan, plan::Tensor& t) {
    t.storage = plan::Storage::view;
    t.base = tensor_named(plan, "x");
    plan.tensors[static_cast<size_t>(t.base)].format = {{}, 1, 4};
  });
  refused("is not i32, row-major", [](auto& plan, auto&) {
    plan.inputs[0].absent = ops::InputDefault::zeros;
    plan.tensors[static_cast<size_t>(plan.inputs[0].tensor)].format = {{}, 1, 4};
  });
  refused("has a role and is not row-major", [](auto& plan, auto&) {
    plan.outputs[0].role = {Role::rows, "y"};
    plan.tensors[static_cast<size_t>(plan.outputs[0].tensor)].format = {{}, 1, 4};
  });
  refused("is pinned where nothing is", [](auto&, plan::Tensor& t) { t.memory = plan::Memory::pinned; });
  plan::Plan weight = text_plan(
      "network weight\ninput %x: f32[n, 3]\nconstant %w: f32[5, 3] = random\n"
      "%y.out: f32[n, 5] = linear(transposed=true) (%x, %w)\noutput y = %y.out\n");
  weight.tensors.at(static_cast<size_t>(tensor_named(weight, "w"))).format = {{}, 1, 4};
  expect_refusal(ErrorCode::corrupt_file, {"bad", "is a weight in the format of a tensor", "build the plan again"},
                 [&] { plan::validate(weight, "bad"); });
}

TEST(EngineFormats, HostileSizes) {
  plan::Plan plan = ports_plan({}, {{}, 1, 1024}, {});
  Context context = engine_of(plan).context({.threads = 1});
  const float none = 0;
  context.set_input("x", {DType::f32, {int64_t{1} << 36, 5, 3}, &none});
  EXPECT_EQ(context.run().code(), ErrorCode::out_of_range) << "the profile";
  plan.profiles[0]["n"] = {1, 1, int64_t{1} << 40};
  context = engine_of(plan).context({.threads = 1});
  context.set_input("x", {DType::f32, {int64_t{1} << 36, 5, 3}, &none});
  EXPECT_EQ(context.run().code(), ErrorCode::out_of_memory);
}

/// What no tactic reads, and copies that cannot be.
TEST(EngineFormats, HostileDevicePlans) {
  const plan::Plan good = device_plan(ir::parse(network_of("neg")), every_other);
  const auto changed = [&](auto change) {
    plan::Plan bad = good;
    for (plan::Step& step : bad.steps) change(bad, step);
    return bad;
  };
  int copies = 0;
  const plan::Plan other_format = changed([&](plan::Plan& bad, const plan::Step& step) {
    if (step.tactic != plan::kCopyTactic) return;
    ++copies;
    bad.tensors[static_cast<size_t>(step.outputs[0])].format = kChw32;
  });
  EXPECT_GT(copies, 0);
  expect_refusal(ErrorCode::corrupt_file, {"bad", "copies to another memory in another format", "build"},
                 [&] { plan::validate(other_format, "bad"); });
  // The step in CHW4 is given what it does not read.
  plan::Plan unread = good;
  for (plan::Step& step : unread.steps)
    if (step.tactic == "test.unary.chw4")
      for (plan::Step& copy : unread.steps)
        if (copy.outputs[0] == step.inputs[0]) unread.tensors[static_cast<size_t>(step.inputs[0])].format = kHwc8;
  EXPECT_NO_THROW(plan::validate(unread, "unread"));
  expect_refusal(ErrorCode::unsupported_machine,
                 {"neg0", "input 0 must lie dimension 1 by 4", "build the plan for this machine"},
                 [&] { engine_of(unread); });
}

}  // namespace
}  // namespace lathe
