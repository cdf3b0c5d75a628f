// `lathe run`: what is made of tensors before a model sees them.
#include <gtest/gtest.h>

#include <cmath>

#include "cli/child.h"

namespace {
using namespace cli_testing;

/// A version-1 npy of shape [rows, columns].
template <class T>
std::string npy(const char* descr, size_t rows, const std::vector<T>& values) {
  std::string header = "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (" +
                       std::to_string(rows) + ", " + std::to_string(values.size() / rows) + "), }";
  header.resize(118, ' ');
  header[117] = '\n';
  std::string file = "\x93NUMPY\x01";
  file += std::string("\0\x76\0", 3) + header;
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return file;
}

struct Tensors {
  std::filesystem::path folder = scratch("run-tensors");
  template <class T>
  std::string put(const std::string& name, const char* descr, size_t rows, const std::vector<T>& values) {
    write_file(folder / (name + ".npy"), npy(descr, rows, values));
    return name + "=" + (folder / (name + ".npy")).string();
  }
  /// The elements of the output.
  std::string run(std::vector<std::string> words) {
    const std::string out = (folder / "out.npy").string();
    words.insert(words.begin(), {"run", plan_of("base"), "--request", "last_hidden_state", "-o", out});
    const Result result = lathe(words);
    EXPECT_EQ(result.status, 0) << result.err;
    const std::string file = read_file(out);
    return file.substr(file.find('\n') + 1);
  }
};

TEST(CliRun, IdsOfAnyTypeThatAreWhole) {
  Tensors t;
  const std::string expected = t.run({"-i", t.put<int64_t>("input_ids", "<i8", 2, {1, 2, 3, 4, 5, 6})});
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(t.run({"-i", t.put<double>("input_ids", "<f8", 2, {1, 2, 3, 4, 5, 6})}), expected);
  EXPECT_EQ(t.run({"-i", t.put<float>("input_ids", "<f4", 2, {1, 2, 3, 4, 5, 6})}), expected);
  EXPECT_EQ(t.run({"-i", t.put<uint16_t>("input_ids", "<u2", 2, {1, 2, 3, 4, 5, 6})}), expected);
}

TEST(CliRun, IdsThatAreNoneAreNamedAsTheyAre) {
  Tensors t;
  const std::string plan = plan_of("base");
  const auto refused = [&](const std::string& tensor, const std::string& code, const std::string& part) {
    expect_error(lathe({"run", plan, "-i", tensor}), code, part);
  };
  refused(t.put<double>("input_ids", "<f8", 2, {1, 2, 3, 20.5}), "invalid_argument",
          "input_ids[1, 1]: 20.5 is no whole");
  refused(t.put<float>("input_ids", "<f4", 1, {1, NAN}), "invalid_argument", "input_ids[0, 1]: nan is no whole number");
  refused(t.put<double>("input_ids", "<f8", 1, {INFINITY}), "invalid_argument", "inf");
  refused(t.put<int64_t>("input_ids", "<i8", 1, {int64_t{1} << 40}), "out_of_range", "1099511627776");
  refused(t.put<float>("input_ids", "<f4", 1, {1099511627776.0f}), "out_of_range", "1099511627776");
}

TEST(CliRun, MasksOfAnyTypeThatAreNotNegative) {
  Tensors t;
  const std::string ids = t.put<int64_t>("input_ids", "<i8", 2, {1, 2, 3, 4, 5, 6});
  const std::string expected = t.run({"-i", ids, "-i", t.put<int64_t>("attention_mask", "<i8", 2, {1, 1, 0, 1, 1, 1})});
  EXPECT_NE(expected, t.run({"-i", ids}));
  EXPECT_EQ(t.run({"-i", ids, "-i", t.put<double>("attention_mask", "<f8", 2, {1, .5, 0, 2, 1e99, 1})}), expected);
  EXPECT_EQ(t.run({"-i", ids, "-i", t.put<uint8_t>("attention_mask", "|b1", 2, {1, 1, 0, 1, 1, 1})}), expected);
  for (const std::string& mask : {t.put<float>("attention_mask", "<f4", 2, {0, 0, 0, 0, -INFINITY, 0}),
                                  t.put<int64_t>("attention_mask", "<i8", 2, {0, 0, 0, 0, -10000, 0})})
    expect_error(lathe({"run", plan_of("base"), "-i", ids, "-i", mask}), "invalid_argument",
                 mask.find("f4") == std::string::npos ? "attention_mask[1, 1]: -" : "attention_mask[1, 1]: -inf");
}

TEST(CliRun, WhatAFileHoldsBesideInputsIsLeftOut) {
  Tensors t;
  const std::string out = (t.folder / "all.npz").string();
  const std::string ids = t.put<int64_t>("input_ids", "<i8", 2, {1, 2, 3, 4, 5, 6});
  ASSERT_EQ(lathe({"run", plan_of("base"), "-i", ids, "-o", out}).status, 0);  // a file with other tensors
  const Result beside = lathe({"run", "-m", plan_of("base"), "-i", ids, "-i", out});
  EXPECT_EQ(beside.status, 0) << beside.err;
  EXPECT_NE(beside.err.find("warning: last_hidden_state is no input of the model"), std::string::npos) << beside.err;
  expect_error(lathe({"run", plan_of("base"), "-i", ids, "-i", "last_hidden_state=" + out}), "not_found",
               "no such input");
}

TEST(CliRun, NothingThatIsReadIsWrittenOver) {
  Tensors t;
  const std::string ids = t.put<int64_t>("input_ids", "<i8", 2, {1, 2, 3, 4, 5, 6});
  const std::string file = ids.substr(ids.find('=') + 1), before = read_file(file);
  expect_error(lathe({"run", plan_of("base"), "-i", ids, "--request", "last_hidden_state", "-o", file}),
               "invalid_argument", "it is what this command reads");
  EXPECT_EQ(read_file(file), before);
  const std::string plan = (t.folder / "copy.npz").string(), bytes = read_file(plan_of("base"));
  write_file(plan, bytes);
  expect_error(lathe({"run", plan, "-i", ids, "-o", plan}), "invalid_argument", "it is what this command reads");
  EXPECT_EQ(read_file(plan), bytes);
  expect_error(lathe({"run", plan_of("base"), "-i", ids, "-i", ids}), "usage", "--input gives input_ids twice", 2);
}

TEST(CliRun, AnExportReplacesNothing) {
  const std::filesystem::path folder = scratch("run-export");
  const std::string file = (folder / "x.onnx").string(), data = file + ".data";
  const Result first = lathe({"export", model("base"), "-o", file, "--optimised"});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_NE(first.out.find("optimised"), std::string::npos) << first.out;
  const std::string bytes = read_file(file);
  expect_error(lathe({"export", model("base"), "-o", file}), "invalid_argument", "the file is there");
  EXPECT_EQ(lathe({"check", file}).status, 0);
  expect_error(lathe({"export", file, "-o", file}), "invalid_argument", "the file is there");
  EXPECT_EQ(read_file(file), bytes);
  std::filesystem::remove(file);
  write_file(data, "another's weights");
  expect_error(lathe({"export", model("base"), "-o", file, "--external-data"}), "invalid_argument", "x.onnx.data");
  EXPECT_EQ(read_file(data), "another's weights");
  std::filesystem::remove(data);
  expect_error(lathe({"export", model("base"), "-o", (folder / "x.plan").string()}), "invalid_argument", ".onnx");
  expect_error(lathe({"export", plan_of("base"), "-o", file}), "invalid_argument", "a plan has no network");
  expect_error(lathe({"export", "-o", file}), "usage", "name a model folder or an ONNX file", 2);
  const Result left = lathe({"export", model("base"), "-o", file, "--leave-out", "attention"});
  EXPECT_EQ(left.status, 1);
  EXPECT_NE(left.err.find("error[not_found]: BertModel: it has no input 'attention'"), std::string::npos) << left.err;
}

TEST(CliRun, ABuildReplacesPlansOnly) {
  const std::filesystem::path folder = scratch("run-replace");
  const std::string weights = (folder / "model.safetensors").string(), plan = (folder / "x.plan").string();
  write_file(weights, "the only ones");
  expect_error(lathe({"build", model("base"), "-o", weights}), "invalid_argument", "is no plan");
  EXPECT_EQ(read_file(weights), "the only ones");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(lathe({"build", model("base"), "-o", plan}).status, 0);
  expect_error(lathe({"fill-mask", "--model", "", "a [MASK]"}), "usage", "--model is empty", 2);
}

TEST(CliRun, PositionsOfOneRowServeTheBatch) {
  Tensors t;
  const std::string ids = t.put<int64_t>("input_ids", "<i8", 2, {1, 2, 3, 4, 5, 6});
  const std::string one = t.run({"-i", ids, "-i", t.put<int64_t>("position_ids", "<i8", 1, {2, 1, 0})});
  EXPECT_EQ(t.run({"-i", ids, "-i", t.put<int64_t>("position_ids", "<i8", 2, {2, 1, 0, 2, 1, 0})}), one);
  EXPECT_NE(t.run({"-i", ids}), one);
}

TEST(CliRun, ALargeBatchGoesInParts) {
  Tensors t;
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < 3000 * 8; ++i) ids.push_back(1 + i * 7 % 31);
  const std::string all = t.run({"-i", t.put<int64_t>("input_ids", "<i8", 3000, ids)});
  ASSERT_EQ(all.size(), 3000u * 8 * 32 * sizeof(float));
  // Rows do not depend on what else is in their batch.
  for (const size_t row : {size_t{0}, size_t{1023}, size_t{1024}, size_t{2999}}) {
    const std::vector<int64_t> few(ids.begin() + static_cast<ptrdiff_t>(row * 8),
                                   ids.begin() + static_cast<ptrdiff_t>(row * 8 + 8));
    const size_t bytes = 8 * 32 * sizeof(float);
    EXPECT_EQ(t.run({"-i", t.put<int64_t>("input_ids", "<i8", 1, few)}), all.substr(row * bytes, bytes)) << row;
  }
}

TEST(CliRun, MessagesNameTheProgramsOptions) {
  Tensors t;
  const Result missing = lathe({"run", plan_of("base"), "-i", t.put<int64_t>("attention_mask", "<i8", 1, {1, 1, 1})});
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("--input NAME=FILE"), std::string::npos) << missing.err;
  EXPECT_EQ(missing.err.find("()"), std::string::npos) << missing.err;
  const Result unknown = lathe({"build", model("base"), "-o", "/dev/null", "--architecture", "BertForNothing"});
  EXPECT_NE(unknown.err.find("name one with `lathe build --architecture`"), std::string::npos) << unknown.err;
  const Result lacking = lathe({"build", model("base"), "-o", "/dev/null", "--architecture", "BertForMaskedLM"});
  EXPECT_NE(lacking.err.find("--outputs"), std::string::npos) << lacking.err;
  const Result shorter = lathe({"tokenize", "--max-length", "1", "a text"});
  EXPECT_NE(shorter.err.find("raise --max-length"), std::string::npos) << shorter.err;
  EXPECT_NE(shorter.err.find("--max-length is 1"), std::string::npos) << shorter.err;
  std::string words;
  for (int i = 0; i < 100; ++i) words += "king ";
  EXPECT_NE(lathe({"classify", "--model", plan_of("sequence"), words}).err.find("(--truncate)"), std::string::npos);
  expect_error(lathe({"embed", "--model", LATHE_SOURCE_DIR "/tests/goldens/embed/cls", "--json", "--prompt", "x", "a"}),
               "not_found", "--prompt: ");
}

}  // namespace
