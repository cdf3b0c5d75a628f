// Networks written as ONNX compute the same when they are read again, under the same names.
#include <gtest/gtest.h>

#include "compiler/portable.h"
#include "frontends/huggingface/reader.h"
#include "frontends/onnx/message.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/expand.h"
#include "ops/if.h"
#include "ops/loop.h"
#include "ops/non_zero.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "tests/frontends/model_folder.h"
#include "tests/frontends/written.h"
#include "tests/support/mini_bert.h"

namespace lathe::onnx {
namespace {

using test::make_tensor;
using test::NamedTensors;
using test::written;

/// Both networks give the same outputs, of the same names.
void expect_same(const ir::Network& network, const NamedTensors& given, double tolerance = 0) {
  const ir::Network again = written(network);
  const NamedTensors want = test::run_network(network, given), got = test::run_network(again, given);
  ASSERT_EQ(got.size(), want.size());
  for (const auto& [name, tensor] : want) {
    ASSERT_TRUE(got.contains(name)) << name;
    EXPECT_EQ(got.at(name).dtype, tensor.dtype) << name;
    EXPECT_EQ(got.at(name).shape, tensor.shape) << name;
    EXPECT_LE(test::norm_error(test::to_doubles(got.at(name)), test::to_doubles(tensor)), tolerance) << name;
  }
  ASSERT_EQ(again.inputs.size(), network.inputs.size());
  for (size_t i = 0; i < again.inputs.size(); ++i)
    EXPECT_EQ(again.value(again.inputs[i].value).name, network.value(network.inputs[i].value).name);
}

NamedTensors bert_inputs() {
  const Shape shape = {2, 5};
  return {{"input_ids", make_tensor("", DType::i32, shape, {3, 4, 5, 6, 7, 8, 9, 10, 1, 2})},
          {"attention_mask", make_tensor("", DType::i32, shape, {1, 1, 1, 1, 1, 1, 1, 1, 0, 0})},
          {"token_type_ids", make_tensor("", DType::i32, shape, {0, 0, 1, 1, 1, 0, 0, 0, 0, 0})},
          {"position_ids", make_tensor("", DType::i32, shape, {0, 1, 2, 3, 4, 0, 1, 2, 3, 4})}};
}

TEST(WriteOnnx, ModelFolders) {
  for (const char* architecture : {"BertForMaskedLM", "BertForSequenceClassification"}) {
    test::ModelFolder folder(architecture);
    expect_same(huggingface::read_folder(folder.write()).network, bert_inputs(), 1e-6);
  }
}

TEST(WriteOnnx, OptimisedModelFolders) {
  for (const char* architecture : {"BertForMaskedLM", "BertForSequenceClassification"}) {
    test::ModelFolder folder(architecture);
    ir::Network network = huggingface::read_folder(folder.write()).network;
    compiler::optimise_portably(network, "");
    expect_same(network, bert_inputs(), 1e-6);
  }
}

/// Layers that are alike share their functions, whose bodies have nothing but ops of ONNX.
TEST(WriteOnnx, FunctionsAreSharedAndPlain) {
  ir::Network network = test::mini_bert({.layers = 3});
  compiler::optimise_portably(network, "");
  const std::string bytes = test::onnx_file_of(network);
  const ModelMessage model = decode_model(Blob::copy_of(bytes.data(), bytes.size()), "x.onnx");
  const auto calls = [&](std::string_view prefix) {
    return std::count_if(model.graph.nodes.begin(), model.graph.nodes.end(), [&](const NodeMessage& node) {
      return node.domain == "lathe" && node.op.starts_with(prefix);
    });
  };
  EXPECT_EQ(calls("attention_"), 3);
  EXPECT_GE(calls("linear_"), 9);
  EXPECT_EQ(calls("embedding_"), 1);
  size_t attentions = 0;
  for (const FunctionMessage& function : model.functions) {
    attentions += function.name.starts_with("attention_") ? 1 : 0;
    EXPECT_EQ(function.domain, "lathe");
    for (const NodeMessage& node : function.nodes) EXPECT_EQ(node.domain, "") << function.name;
  }
  EXPECT_EQ(attentions, 1u);
}

/// An input and a constant that are outputs, one value under two names, a value with an output's name.
TEST(WriteOnnx, OutputsOfAllKinds) {
  ir::Network network;
  const ir::ValueId x = network.add_input("x", {DType::f32, {Dim::symbol("n")}});
  const ir::ValueId c = network.add_scalar(3);
  const ir::ValueId first = network.add1(ops::Binary{ops::BinaryKind::add}, {x, c}, "second");
  const ir::ValueId same = network.add1(ops::Cast{DType::f32}, {first}, "same");
  network.mark_output("first", first);
  network.mark_output("second", network.add1(ops::Binary{ops::BinaryKind::mul}, {first, c}, "y"));
  network.mark_output("twice", first);
  network.mark_output("same", same);
  network.mark_output("input", x);
  network.mark_output("constant", c);
  expect_same(network, {{"x", make_tensor("", DType::f32, {3}, {1, 2, 3})}});
}

TEST(WriteOnnx, PortsOfOneNameAreRefused) {
  ir::Network network;
  const ir::ValueId x = network.add_input("x", {DType::f32, {Dim(2)}});
  network.mark_output("x", network.add1(ops::Cast{DType::f64}, {x}, "y"));
  test::expect_error(ErrorCode::invalid_argument, "output 'x'", [&] { model_of(network); });
}

/// Sizes that a run computes: products, quotients, differences; those of inputs that only show them in a sum.
TEST(WriteOnnx, SizesAreExpressions) {
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  ir::Network network;
  const ir::ValueId x = network.add_input("x", {DType::f32, {n + n + Dim(1), m}});
  const auto shaped = [&](const std::string& name, std::vector<Dim> shape) {
    const ir::ValueId one = network.add_scalar(2);
    network.mark_output(name, network.add1(ops::Expand{std::move(shape)}, {one}, name + ".value"));
  };
  network.mark_output("flat", network.add1(ops::Reshape{{(n + n + Dim(1)) * m}}, {x}, "flat.value"));
  shaped("n", {n});
  shaped("mixed", {Dim(2), n * m - n, m, Dim(1)});
  shaped("quotients", {Dim::floordiv(m, Dim(3)), Dim::ceildiv(m, Dim(3)), Dim::floordiv(m * n, n + Dim(1))});
  shaped("ends", {Dim::max(n, m), Dim::min(n * Dim(2), m), Dim::floordiv(m - Dim(9), Dim(2)) + Dim(5)});
  for (int64_t rows : {3, 7})
    for (int64_t columns : {1, 4, 6}) {
      const std::vector<double> values(static_cast<size_t>(rows * columns), 1.5);
      expect_same(network, {{"x", make_tensor("", DType::f32, {rows, columns}, values)}});
    }
}

/// Backwards and with steps, where a run knows how long.
TEST(WriteOnnx, SlicesOfSizesThatARunKnows) {
  const Dim n = Dim::symbol("n");
  ir::Network network;
  const ir::ValueId x = network.add_input("x", {DType::f32, {n, Dim(3)}});
  const auto slice = [&](const std::string& name, const ops::Slice& op) {
    network.mark_output(name, network.add1(op, {x}, name + ".value"));
  };
  slice("tail", {{Dim(2), Dim(0)}, {n - Dim(2), Dim(3)}, {}});
  slice("back", {{n - Dim(1), Dim(2)}, {n, Dim(3)}, {-1, -1}});
  slice("part", {{n - Dim(1), Dim(2)}, {n - Dim(2), Dim(2)}, {-1, -2}});
  slice("none", {{Dim(1), Dim(1)}, {Dim(0), Dim(1)}, {}});
  for (int64_t rows : {3, 5}) {
    std::vector<double> values;
    for (int64_t i = 0; i < rows * 3; ++i) values.push_back(static_cast<double>(i));
    expect_same(network, {{"x", make_tensor("", DType::f32, {rows, 3}, values)}});
  }
}

/// A size that a node counts is read off what the node gives.
TEST(WriteOnnx, CountedSizes) {
  ir::Network network;
  const ir::ValueId x = network.add_input("x", {DType::f32, {Dim(2), Dim::symbol("n")}});
  const ir::ValueId places = network.add1(ops::NonZero{"found"}, {x}, "places");
  const Dim found = Dim::symbol("found");
  network.mark_output("flat", network.add1(ops::Reshape{{found * Dim(2)}}, {places}, "flat.value"));
  network.mark_output("twos", network.add1(ops::Expand{{found + Dim(1)}}, {network.add_scalar(2)}, "twos.value"));
  expect_same(network, {{"x", make_tensor("", DType::f32, {2, 3}, {0, 1, 0, 2, 3, 0})}});
  expect_same(network, {{"x", make_tensor("", DType::f32, {2, 1}, {0, 0})}});
}

}  // namespace
}  // namespace lathe::onnx
