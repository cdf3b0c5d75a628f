#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "ir/parse.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "lathe/error.h"
#include "ops/attention.h"
#include "ops/fill.h"
#include "ops/linear.h"
#include "ops/pack_index.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/unary.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::ir {
namespace {

using test::NetworkBuilder;
const Dim kBatch = Dim::symbol("batch"), kSeq = Dim::symbol("seq");

void expect_round_trip(const Network& network) {
  std::string text = print(network);
  EXPECT_EQ(print(parse(text)), text);
}

TEST(IrText, PrintsALineANode) {
  NetworkBuilder b;
  b.network.name = "small";
  ValueId x = b.input("x", {kBatch, 2}), mask = b.input("mask", {kBatch, kSeq}, DType::i32, InputDefault::ones);
  ops::Linear linear{.transposed = true};
  linear.epilogue.records = {{.kind = ops::EpilogueRecord::Kind::bias},
                             {.kind = ops::EpilogueRecord::Kind::layer_norm, .epsilon = 1e-12}};
  ValueId bias = b.network.add_constant(
      "b", {DType::f32, {1}}, {Blob::copy_of("\0\0\0\x3f", 4), std::make_shared<Recipe>(Recipe{"w.bias", {}, {}})});
  b.set_origin("layer.0");
  ValueId y = b.add(linear, {x, b.weight("w", {1, 2}, 0, 0), bias, bias, bias});
  std::vector<ValueId> packed = b.network.add(ops::PackIndex{}, {mask}, "pack", {"odd, name"});
  b.output("y", y);
  b.network.inputs[1].role = {Role::mask, {}};
  b.network.mark_output("index", packed[0], true, {Role::packed, "odd, name"});
  b.network.mark_entry("cu_seqlens", packed[1], InputDefault::required, {Role::bounds, "tokens"});
  EXPECT_EQ(print(b.network),
            "network small\n"
            "input %x: f32[batch, 2]\n"
            "input %mask: i32[batch, seq] = ones as mask\n"
            "constant %b: f32[1] = [0.5] # w.bias\n"
            "constant %w: f32[1, 2] = [0, 0] # w\n"
            "%layer.0.linear.out: f32[batch, 1] = linear(epilogue=\"bias+layer_norm(1e-12)\", transposed=true) "
            "(%x, %w, %b, %b, %b) # layer.0\n"
            "%pack.out0: i32[tokens], %pack.out1: i32[batch + 1] = pack_index (%mask) # \"odd, name\"\n"
            "output y = %layer.0.linear.out\n"
            "output index = %pack.out0 on_demand as packed \"odd, name\"\n"
            "entry cu_seqlens = %pack.out1 required as bounds tokens\n");
  expect_round_trip(b.network);
}

TEST(IrText, RoundTripsNetworksAtEveryStage) {
  for (auto head : {test::MiniHead::hidden, test::MiniHead::fill_mask, test::MiniHead::classify}) {
    Network network = test::mini_bert({.head = head, .stored = DType::bf16});
    expect_round_trip(network);
    passes::testing::run_all(network);
    expect_round_trip(network);
  }
}

TEST(IrText, ParsedNetworksRun) {
  Network network = parse(print(test::mini_bert())), after = network;
  passes::testing::run_all(after);
  EXPECT_EQ(passes::testing::count(after, "attention"), 2u);
  passes::testing::expect_equal(network, after);
}

TEST(IrText, LeftOutDataDependsOnTheNameAlone) {
  const char* form = "constant %{}: f32[40] = random\n%y.out: f32[40] = unary(kind=neg) (%{})\noutput y = %y.out\n";
  auto values = [&](const char* name) {
    Network network = parse(fmt::format(fmt::runtime(form), name, name));
    std::vector<double> y = test::to_doubles(test::run_network(network, {}).at("y"));
    for (double v : y) EXPECT_LE(std::abs(v), 0.0626);
    return y;
  };
  EXPECT_EQ(values("w"), values("w"));
  EXPECT_NE(values("w"), values("v"));
}

TEST(IrText, ConstantsOfEveryType) {
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                     DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean}) {
    NetworkBuilder b;
    for (int64_t count : {0, 1, 3, 40}) {
      HostTensor values = test::Random(3).integer_tensor("", type, {count}, 0, 1);
      ValueId constant = b.network.add_constant(fmt::format("c{}", count), {type, {count}}, {values.data, nullptr});
      b.output(fmt::format("o{}", count), b.add(ops::Reshape{{count, 1}}, {constant}));
    }
    expect_round_trip(b.network);
    Network parsed = parse(print(b.network));
    auto data = [](const Network& network, size_t output) {
      return network.value(network.producer(network.outputs[output].value)->inputs[0]).constant->data;
    };
    for (size_t i = 0; i < 3; ++i) {
      Blob before = data(b.network, i), after = data(parsed, i);
      EXPECT_TRUE(std::ranges::equal(before.bytes(), after.bytes())) << to_string(type);
    }
  }
}

TEST(IrText, ExactNumbers) {
  NetworkBuilder b;
  const float numbers[] = {0.1f, -0.0f, 1e-45f, 3.4028235e38f, 1.0f / 3};
  const float odd[] = {std::numeric_limits<float>::infinity(), std::nanf("3")};
  auto add = [&](const char* name, const float* data, int64_t count) {
    ValueId c =
        b.network.add_constant(name, {DType::f32, {count}}, {Blob::copy_of(data, 4 * static_cast<size_t>(count)), {}});
    b.output(name, b.add(ops::Reshape{{count, 1}}, {c}));
  };
  add("plain", numbers, 5);
  add("odd", odd, 2);
  Network parsed = parse(print(b.network));
  for (size_t i = 0; i < 2; ++i) {
    const Blob& data = parsed.value(parsed.producer(parsed.outputs[i].value)->inputs[0]).constant->data;
    EXPECT_EQ(std::memcmp(data.data, i == 0 ? numbers : odd, data.size), 0);
  }
}

TEST(IrText, OddNames) {
  NetworkBuilder b;
  b.network.name = "a \"network\"\n\\ of ours";
  b.set_origin("with space, and comma");
  ValueId x = b.input("x:", {kBatch, 2});
  b.output("out\tput", b.add(ops::Unary{ops::UnaryKind::neg}, {b.add(ops::Unary{}, {x})}));
  b.output("\xff\x01", b.sqrt(x));
  expect_round_trip(b.network);
}

TEST(IrText, AttributesOfEveryKind) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, kSeq, 4});
  ops::Attention attention{.heads = 2, .scale = 0.1, .causal = true, .window_left = 3};
  b.output("a", b.add(attention, {x, x, x}));
  b.output("s", b.add(ops::Slice{{0, 1, Dim::floordiv(kSeq, 2)}, {kBatch, kSeq - Dim(1), 2}, {1, 1, -1}}, {x}));
  b.output("f", b.add(ops::Fill{DType::bf16, {kBatch, Dim::ceildiv(kSeq, 16)}, 0.5, -2, 0}, {}));
  expect_round_trip(b.network);
}

struct Refused {
  const char* name;
  const char* text;
  const char* says;
};

class IrTextRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(IrTextRefuses, WithOneClearLine) {
  try {
    parse(GetParam().text, {.max_constant_bytes = 1 << 20});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().says), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Texts, IrTextRefuses,
    ::testing::Values(
        Refused{"nonsense", "what is this", "line 1"}, Refused{"no_type", "input %x", "':' is missing"},
        Refused{"bad_dtype", "input %x: f33[2]", "f33"}, Refused{"bad_dimension", "input %x: f32[2, (]", "line 1"},
        Refused{"rank", "input %x: f32[1,1,1,1,1,1,1,1,1]", "rank of 9"},
        Refused{"open_bracket", "input %x: f32[2", "not closed"},
        Refused{"bad_default", "input %x: f32[2] = twos", "twos"},
        Refused{"trailing", "input %x: f32[2] = ones more", "nothing is expected"},
        Refused{"twice", "network n\ninput %x: f32[2]\ninput %x: f32[2]", "line 3"},
        Refused{"huge_constant", "constant %w: f32[1000000, 1000000] = random", "larger than the limit"},
        Refused{"overflowing_constant", "constant %w: f32[4611686018427387904, 8] = random", "larger than the limit"},
        Refused{"negative_constant", "constant %w: f32[-3] = random", "constant dimensions"},
        Refused{"symbolic_constant", "constant %w: f32[n] = random", "constant dimensions"},
        Refused{"few_elements", "constant %w: f32[3] = [1, 2]", "2 elements"},
        Refused{"few_bytes", "constant %w: f16[2] = 0x0011", "4 hex digits"},
        Refused{"no_hex", "constant %w: u8[1] = 0xzz", "hex"},
        Refused{"no_number", "constant %w: f32[1] = [one]", "no number"},
        Refused{"large_number", "constant %w: i32[1] = [3000000000]", "does not fit"},
        Refused{"unknown_value", "%y.out: f32[2] = unary (%x)", "'x' is not made before"},
        Refused{"unknown_op", "input %x: f32[2]\n%y.out: f32[2] = frobnicate (%x)", "frobnicate"},
        Refused{"unknown_attribute", "input %x: f32[2]\n%y.out: f32[2] = unary(speed=9) (%x)", "speed"},
        Refused{"wrong_attribute", "input %x: f32[2]\n%y.out: f32[2] = softmax(axis=up) (%x)", "up"},
        Refused{"unknown_enum", "input %x: f32[2]\n%y.out: f32[2] = unary(kind=twist) (%x)", "twist"},
        Refused{"attribute_twice", "input %x: f32[2]\n%y.out: f32[2] = softmax(axis=0, axis=0) (%x)", "twice"},
        Refused{"wrong_type", "input %x: f32[2]\n%y.out: f32[3] = unary (%x)", "by the op's rule"},
        Refused{"refused_by_rule", "input %x: f32[2]\n%y.out: f32[2] = softmax(axis=4) (%x)", "axis 4"},
        Refused{"too_few_inputs", "%y.out: f32[2] = unary ()", "takes 1 inputs"},
        Refused{"two_values", "input %x: f32[2]\n%a: f32[2], %b: f32[2] = unary (%x) @n", "makes 1 values"},
        Refused{"no_node_name", "input %x: f32[2]\n%y: f32[2] = unary (%x)", "@name"},
        Refused{"node_twice", "input %x: f32[2]\n%a: f32[2] = unary (%x) @n\n%b: f32[2] = unary (%x) @n", "two nodes"},
        Refused{"unknown_output", "output y = %x", "not made"},
        Refused{"output_twice", "input %x: f32[2]\noutput y = %x\noutput y = %x", "two outputs"},
        Refused{"open_quote", "network \"never ends", "does not end"},
        Refused{"bad_escape", "network \"\\xq1\"", "hex digits"}, Refused{"empty_name", "input %: f32[2]", "no name"}),
    [](const auto& of) { return std::string(of.param.name); });

TEST(IrText, SurvivesAlteredText) {
  std::string text = print(test::mini_bert({.layers = 1}));
  test::Random random(5);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    std::string altered = text;
    auto at = static_cast<size_t>(random.integer(0, static_cast<int64_t>(text.size()) - 1));
    switch (i % 3) {
      case 0: altered[at] = static_cast<char>(random.integer(0, 127)); break;
      case 1: altered.erase(at, static_cast<size_t>(random.integer(1, 30))); break;
      default: altered.insert(at, text.substr(static_cast<size_t>(random.integer(0, 2000)), 20)); break;
    }
    try {
      verify(parse(altered, {.max_constant_bytes = 1 << 20}));
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
}

/// A pass that adds a node beside a value of the text must not give it the same name.
TEST(IrText, NamesOfTheTextAreTaken) {
  Network network = parse(
      "input %x: f32[2]\n"
      "%activation.out: f32[2] = unary(kind=neg) (%x) @first\n"
      "%other: f32[2] = unary(kind=abs) (%activation.out) @second\n"
      "output y = %other\n");
  const ValueId made = network.add1(ops::Unary{}, {network.outputs[0].value}, "activation");
  EXPECT_NE(network.value(made).name, "activation.out");
  network.add1(ops::Unary{}, {made}, "second");
  network.add1(ops::Unary{}, {made}, "other");
  EXPECT_NO_THROW(verify(network));
}

}  // namespace
}  // namespace lathe::ir
