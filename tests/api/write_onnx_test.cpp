// write_onnx(): networks of the public API in files, with weights beside them, and inputs left out.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/api/run.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {
using io_test::Scratch;
using test::Given;

Network layered() {
  Network net("layered");
  const Tensor x = net.input("x", DType::f32, {"n", 40});
  std::vector<double> numbers(40 * 50);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i % 7) - 3;
  const Tensor w = net.constant(DType::f32, {40, 50}, numbers);
  net.output("y", softmax(relu(matmul(x, w)), -1));
  return net;
}

Given given() {
  std::vector<double> x(80);
  for (size_t i = 0; i < x.size(); ++i) x[i] = 0.01 * static_cast<double>(i % 11);
  return {{{"x", x}}, {{"n", 2}}};
}

TEST(WriteOnnxFile, WeightsInItOrBesideIt) {
  const std::vector<double> want = test::run(layered(), given()).at("y").values;
  for (const bool beside : {false, true})
    for (const bool optimised : {false, true}) {
      Scratch scratch;
      const std::string path = scratch.path("m.onnx");
      write_onnx(layered(), path, {.optimised = optimised, .external_data = beside});
      EXPECT_EQ(scratch.files(), beside ? 2U : 1U);
      EXPECT_EQ(std::filesystem::file_size(path) < 8000, beside);
      const Network again = read_onnx(path);
      EXPECT_EQ(again.name(), "layered");
      test::expect(test::run(again, given()).at("y"), {2, 50}, want);
    }
}

TEST(WriteOnnxFile, InputsThatAreLeftOutAreComputed) {
  test::ModelFolder folder("BertForMaskedLM");
  const Network network = read_folder(folder.write());
  Scratch scratch;
  write_onnx(network, scratch.path("whole.onnx"));
  write_onnx(network, scratch.path("m.onnx"), {.left_out = {"token_type_ids", "position_ids"}});
  const Network whole = read_onnx(scratch.path("whole.onnx")), short_one = read_onnx(scratch.path("m.onnx"));
  EXPECT_EQ(whole.inputs().size(), 4U);
  EXPECT_EQ(short_one.inputs().size(), 2U);
  Given ids{{{"input_ids", {3, 4, 5, 6, 7, 8}}, {"attention_mask", {1, 1, 1, 1, 1, 0}}}, {{"batch", 2}, {"seq", 3}}};
  const test::Result got = test::run(short_one, ids).at("logits");
  ids.inputs["token_type_ids"] = {0, 0, 0, 0, 0, 0};
  ids.inputs["position_ids"] = {0, 1, 2, 0, 1, 2};
  const test::Result want = test::run(whole, ids).at("logits");
  test::expect(got, want.shape, want.values);
}

TEST(WriteOnnxFile, RefusesToLeaveOutWhatItCannotCompute) {
  Scratch scratch;
  const auto write = [&](const std::string& name) {
    write_onnx(layered(), scratch.path("m.onnx"), {.left_out = {name}});
  };
  test::refused(ErrorCode::invalid_argument, {"x", "nothing says what it holds", "keep it"}, [&] { write("x"); });
  test::refused(ErrorCode::not_found, {"layered", "no input 'z'", "name one"}, [&] { write("z"); });
  EXPECT_EQ(scratch.files(), 0U);
}

}  // namespace
}  // namespace lathe
