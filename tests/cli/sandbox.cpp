#include "cli/sandbox.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "support/onnx_writer.h"

namespace cli_testing {
namespace {
namespace fs = std::filesystem;

constexpr int64_t kIds[] = {101, 2023, 2003, 2307, 102, 101, 7592, 102, 0, 0};
constexpr int64_t kMask[] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
constexpr int64_t kSizes[] = {5, -1};

template <size_t n>
std::string bytes_of(const int64_t (&values)[n]) {
  return {reinterpret_cast<const char*>(values), sizeof values};
}

template <size_t n>
std::string npy(const int64_t (&values)[n], const std::string& shape) {
  std::string header = "{'descr': '<i8', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize(117, ' ');
  return std::string("\x93NUMPY\x01\0\x76\0", 10) + header + "\n" + bytes_of(values);
}

/// Rows of a table by input_ids [batch, seq]: an ONNX file with the inputs of a BERT.
std::string bert_onnx() {
  using namespace lathe::test;
  OnnxModel model;
  for (const char* name : {"input_ids", "attention_mask"}) model.graph.inputs.push_back({name, 7, {"batch", "seq"}});
  std::vector<float> table(30522 * 2);
  for (size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i % 7);
  model.graph.initializers = {{"table", 1, {30522, 2}, raw_of(table)}};
  model.graph.nodes = {{"Gather", {"table", "input_ids"}, {"rows"}},
                       {"Cast", {"attention_mask"}, {"mask"}, {{.name = "to", .integer = 1}}},
                       {"Unsqueeze", {"mask", "last"}, {"factor"}},
                       {"Mul", {"rows", "factor"}, {"last_hidden_state"}}};
  model.graph.initializers.push_back({"last", 7, {1}, raw_of(std::vector<int64_t>{2})});
  model.graph.outputs = {{"last_hidden_state", 1, {"batch", "seq", "2"}}};
  return onnx_bytes(model);
}

/// x under the shape that another input says.
std::string fold_onnx() {
  lathe::test::OnnxModel model;
  model.graph.inputs = {{"x", 7, {"n", "m"}}, {"shape", 7, {"2"}}};
  model.graph.nodes = {{"Reshape", {"x", "shape"}, {"y"}}};
  model.graph.outputs = {{"y", 7, {"a", "b"}}};
  return lathe::test::onnx_bytes(model);
}

}  // namespace

Sandbox::Sandbox() : path_(scratch("sandbox")) {
  fs::create_directories(path_ / "bin");
  // Times of benchmarks mean nothing here.
  write_file(path_ / "bin" / "lathe",
             "#!/bin/sh\n"
             "[ \"$1\" = bench ] && set -- \"$@\" --rounds 1\n"
             "exec '" LATHE_CLI_PATH "' \"$@\"\n");
  fs::permissions(path_ / "bin" / "lathe", fs::perms::owner_all);
  const std::string goldens = LATHE_SOURCE_DIR "/tests/goldens/";
  link("models", LATHE_SOURCE_DIR "/models");
  link("bert-base-uncased", LATHE_SOURCE_DIR "/models/minilm-fill-mask");
  link("sentiment", goldens + "models/sequence");
  link("nli", goldens + "models/sequence");
  link("bert-ner", goldens + "models/token");
  link("bert-squad", goldens + "models/question");
  link("all-MiniLM-L6-v2", goldens + "embed/mean-normalized");
  fs::copy(goldens + "embed/mean-normalized", path_ / "e5-small-v2", fs::copy_options::recursive);
  write_file(path_ / "e5-small-v2" / "config_sentence_transformers.json", R"({"prompts": {"query": "query: "}})");
  write_file(path_ / "lines.txt", "The king was old.\nHe opened the door.\n");
  write_file(path_ / "texts.txt", "The king was [MASK].\nHe opened the [MASK].\n");
  write_file(path_ / "pairs.jsonl", "[\"the king\", \"a door\"]\n[\"a garden\", \"the night\"]\n");
  write_file(path_ / "questions.txt", "Who was old?\nWhat did he open?\n");
  write_file(path_ / "article.txt", "The king was old. He opened the door of the house.\n");
  write_file(path_ / "lengths.txt", "3\n17\n5\n");
  link("examples", LATHE_SOURCE_DIR "/examples");
  write_file(path_ / "bert.onnx", bert_onnx());
  fs::copy(path_ / "bert.onnx", path_ / "model.onnx");
  write_file(path_ / "fold.onnx", fold_onnx());
  write_tensors();
  const Result built = shell("lathe build bert-base-uncased -o bert.plan");
  EXPECT_EQ(built.status, 0) << built.err;
}

void Sandbox::link(const std::string& name, const std::string& target) const {
  fs::create_directory_symlink(target, path_ / name);
}

void Sandbox::write_tensors() const {
  write_file(path_ / "ids.npy", npy(kIds, "2, 5"));
  write_file(path_ / "mask.npy", npy(kMask, "2, 5"));
  write_file(path_ / "sizes.npy", npy(kSizes, "2,"));
  const std::string header = R"({"input_ids": {"dtype": "I64", "shape": [2, 5], "data_offsets": [0, 80]},)"
                             R"("attention_mask": {"dtype": "I64", "shape": [2, 5], "data_offsets": [80, 160]}})";
  const uint64_t size = header.size();
  std::string file(sizeof size, '\0');
  std::memcpy(file.data(), &size, sizeof size);
  write_file(path_ / "batch.safetensors", file + header + bytes_of(kIds) + bytes_of(kMask));
}

Result Sandbox::shell(const std::string& script) const {
  return run({"sh", "-ec", "cd '" + path_.string() + "'\nPATH=$PWD/bin:$PATH\n" + script});
}

}  // namespace cli_testing
