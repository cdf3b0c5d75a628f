// `lathe run`, `check` and `inspect` on ONNX files: batches that are one, models without inputs, names that are no
// text.
#include <gtest/gtest.h>

#include <unistd.h>
#include <csignal>
#include <cstring>

#include "cli/child.h"
#include "support/onnx_writer.h"

namespace {
using namespace cli_testing;
using namespace lathe::test;

struct Model {
  std::filesystem::path folder;
  std::string path = (folder / "model.onnx").string(), input = (folder / "x.npy").string(),
              output = (folder / "y.npy").string();
  explicit Model(OnnxGraph graph, const std::string& name = "run-onnx") : folder(scratch(name)) {
    OnnxModel model;
    model.graph = std::move(graph);
    write_file(path, onnx_bytes(model));
  }
  /// y, for rows of x.
  std::vector<float> run(size_t rows, const std::vector<float>& x) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                         std::to_string(x.size() / rows) + "), }";
    header.resize(118, ' ');
    header[117] = '\n';
    write_file(input, "\x93NUMPY\x01" + std::string("\0\x76\0", 3) + header + raw_of(x));
    const Result result = cli_testing::lathe({"run", path, "-i", "x=" + input, "-o", output});
    EXPECT_EQ(result.status, 0) << result.err;
    const std::string file = read_file(output), bytes = file.substr(file.find('\n') + 1);
    std::vector<float> y(bytes.size() / sizeof(float));
    std::memcpy(y.data(), bytes.data(), y.size() * sizeof(float));
    return y;
  }
};

/// What a row gives may hang on all others: a batch goes in parts only where the model is one of texts.
TEST(CliRunOnnx, ABatchIsWhole) {
  constexpr size_t kRows = 1000, kWidth = 64;
  Model model({{{"ReduceMean", {"x"}, {"m"}, {{.name = "axes", .integers = {0}}}}, {"Sub", {"x", "m"}, {"y"}}},
               {{"x", 1, {"batch", "64"}}},
               {{"y", 1, {"batch", "64"}}},
               {}});
  std::vector<float> x(kRows * kWidth);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i / kWidth);
  const std::vector<float> y = model.run(kRows, x);
  ASSERT_EQ(y.size(), x.size());
  EXPECT_FLOAT_EQ(y[0], -499.5f);
  EXPECT_FLOAT_EQ(y.back(), 499.5f);
}

/// The columns that some row has: more of them in later rows.
TEST(CliRunOnnx, ABatchThatCountsItsWidth) {
  constexpr size_t kRows = 40, kWidth = 512;
  Model model({{{"ReduceMax", {"x"}, {"s"}, {{.name = "axes", .integers = {0}}, {.name = "keepdims", .integer = 0}}},
                {"NonZero", {"s"}, {"n"}},
                {"Squeeze", {"n", "first"}, {"i"}},
                {"Gather", {"x", "i"}, {"y"}, {{.name = "axis", .integer = 1}}}},
               {{"x", 1, {"batch", "512"}}},
               {{"y", 1, {"batch", "k"}}},
               {{"first", 7, {1}, raw_of(std::vector<int64_t>{0})}}});
  std::vector<float> x(kRows * kWidth);
  for (size_t r = 0; r < kRows; ++r)
    for (size_t c = 0; c < (r < 20 ? 1 : kWidth); ++c) x[r * kWidth + c] = 1;
  EXPECT_EQ(model.run(kRows, x), x);
}

TEST(CliRunOnnx, AModelWithoutInputs) {
  Model model({{{"Neg", {"w"}, {"y"}}}, {}, {{"y", 1, {"2"}}}, {{"w", 1, {2}, raw_of(std::vector<float>{1, 3})}}});
  const Result result = cli_testing::lathe({"run", model.path});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("f32   [2]"), std::string::npos) << result.out;
  Model other({{{"Neg", {"x"}, {"y"}}}, {{"x", 1, {"2"}}}, {{"y", 1, {"2"}}}, {}});
  expect_error(cli_testing::lathe({"run", other.path}), "usage", "--input x=x.npy", 2);
}

TEST(CliRunOnnx, NamesAreShownInALine) {
  const std::string bad =
      "\x1b[2J\nlathe: \xc2\x9b"
      "1m";
  Model model({{{"Neg", {"x" + bad}, {"h"}, {}, {}, "node" + bad}, {"Neg", {"h"}, {"y" + bad}}},
               {{"x" + bad, 1, {"2"}}},
               {{"y" + bad, 1, {"2"}}},
               {}});
  Model odd({{{"No" + bad, {"x"}, {"y"}, {}, "own" + bad, "node" + bad}}, {{"x", 1, {"2"}}}, {{"y", 1, {"2"}}}, {}},
            "run-odd");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"check", model.path, "--all"},
                                             {"check", odd.path},
                                             {"inspect", model.path},
                                             {"inspect", model.path, "--ops"},
                                             {"inspect", model.path, "--layers"}}) {
    const Result result = cli_testing::lathe(words);
    EXPECT_NE(result.out.find("[2J lathe:"), std::string::npos) << words[0] << ": " << result.out;
    EXPECT_EQ(result.out.find('\x1b'), std::string::npos) << words[0];
    EXPECT_EQ(result.out.find("\xc2\x9b"), std::string::npos) << words[0];
    EXPECT_EQ(result.out.find("\nlathe"), std::string::npos) << words[0];
  }
}

TEST(CliRunOnnx, WhatIsFixedIsAnInput) {
  Model model({{{"Neg", {"x"}, {"y"}}}, {{"x", 1, {"2", "2"}}}, {{"y", 1, {"2", "2"}}}, {}});
  model.run(2, {1, 2, 3, 4});
  const std::string file = "=" + model.input;
  EXPECT_EQ(cli_testing::lathe({"run", model.path, "--fix", "x" + file}).status, 0);
  expect_error(cli_testing::lathe({"run", model.path, "--fix", "z" + file}), "not_found", "no input is 'z'");
  expect_error(cli_testing::lathe({"run", model.path, "--fix", "x" + file, "--fix", "x" + file}), "usage",
               "gives x twice", 2);
}

/// A loop that runs for minutes ends at once. When it has begun is not seen from outside: patience grows.
TEST(CliRunOnnx, AnInterruptEndsALoop) {
  OnnxGraph body;
  body.nodes = {{"Identity", {"going"}, {"on"}}, {"MatMul", {"s", "s"}, {"t"}}};
  body.inputs = {{"i", 7, {}}, {"going", 9, {}}, {"s", 1, {"256", "256"}}};
  body.outputs = {{"on", 9, {}}, {"t", 1, {"256", "256"}}};
  Model model({{{"Loop", {"", "", "w"}, {"y"}, {{.name = "body", .graphs = {body}}}}},
               {},
               {{"y", 1, {"256", "256"}}},
               {{"w", 1, {256, 256}, raw_of(std::vector<float>(256 * 256))}}});
  std::string said;
  for (unsigned seconds = 1; said.empty() && seconds <= 32; seconds *= 2) {
    Talk talk({"run", model.path, "-t", "1", "-q"}, Talk::On::pipes);
    sleep(seconds);
    talk.signal(SIGINT);
    const Result result = talk.finish();
    EXPECT_EQ(result.status, 128 + SIGINT);
    EXPECT_EQ(result.out, "");
    said = result.err;
  }
  EXPECT_EQ(said, "lathe: interrupted while running the model; no output is written\n");
}

}  // namespace
