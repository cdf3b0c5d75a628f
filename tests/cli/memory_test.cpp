// What a build takes of the machine's memory.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {
namespace fs = std::filesystem;

/// A folder whose weights are zeros that take no room on the disk.
struct SparseFolder {
  fs::path path = fs::temp_directory_path() / ("lathe-memory-" + std::to_string(getpid()));
  uint64_t bytes = 0;

  SparseFolder(int64_t vocabulary, int64_t hidden, int64_t layers) {
    fs::create_directories(path);
    const int64_t inner = 4 * hidden;
    std::ofstream(path / "config.json") << nlohmann::json{{"architectures", {"BertForMaskedLM"}},
                                                          {"model_type", "bert"},
                                                          {"vocab_size", vocabulary},
                                                          {"hidden_size", hidden},
                                                          {"num_hidden_layers", layers},
                                                          {"num_attention_heads", hidden / 64},
                                                          {"intermediate_size", inner},
                                                          {"max_position_embeddings", 512},
                                                          {"type_vocab_size", 2},
                                                          {"hidden_act", "gelu"},
                                                          {"layer_norm_eps", 1e-12}};
    nlohmann::json header;
    auto add = [&](const std::string& name, std::vector<int64_t> shape) {
      uint64_t size = 4;
      for (int64_t d : shape) size *= static_cast<uint64_t>(d);
      header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {bytes, bytes + size}}};
      bytes += size;
    };
    auto dense = [&](const std::string& name, int64_t out, int64_t in) {
      add(name + ".weight", {out, in});
      add(name + ".bias", {out});
    };
    auto norm = [&](const std::string& name) {
      add(name + ".weight", {hidden});
      add(name + ".bias", {hidden});
    };
    add("bert.embeddings.word_embeddings.weight", {vocabulary, hidden});
    add("bert.embeddings.position_embeddings.weight", {512, hidden});
    add("bert.embeddings.token_type_embeddings.weight", {2, hidden});
    norm("bert.embeddings.LayerNorm");
    for (int64_t i = 0; i < layers; ++i) {
      const std::string layer = "bert.encoder.layer." + std::to_string(i) + ".";
      for (const char* part : {"query", "key", "value"}) dense(layer + "attention.self." + part, hidden, hidden);
      dense(layer + "attention.output.dense", hidden, hidden);
      norm(layer + "attention.output.LayerNorm");
      dense(layer + "intermediate.dense", inner, hidden);
      dense(layer + "output.dense", hidden, inner);
      norm(layer + "output.LayerNorm");
    }
    dense("cls.predictions.transform.dense", hidden, hidden);
    norm("cls.predictions.transform.LayerNorm");
    add("cls.predictions.bias", {vocabulary});
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const uint64_t length = text.size();
    const fs::path file = path / "model.safetensors";
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out << text;
    out.close();
    fs::resize_file(file, sizeof length + length + bytes);
  }
  ~SparseFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

TEST(CliMemory, ABuildPeaksAtTheWeightsAndAHundredMegabytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep memory of their own";
#endif
  const SparseFolder folder(30522, 768, 4);
  const std::string plan = (folder.path / "x.plan").string(), source = folder.path.string();
  std::vector<std::string> words = {LATHE_CLI_PATH, "build", source, "-o", plan};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (int fd : {1, 2}) posix_spawn_file_actions_addopen(&quiet, fd, "/dev/null", O_WRONLY, 0);
  ASSERT_EQ(posix_spawn(&pid, LATHE_CLI_PATH, &quiet, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&quiet);
  int status = 0;
  rusage used{};
  ASSERT_EQ(wait4(pid, &status, 0, &used), pid);
  ASSERT_EQ(status, 0);
  // The tied decoder, 94 MB, is stored once.
  EXPECT_LT(fs::file_size(plan), folder.bytes + (2u << 20));
  EXPECT_LT(static_cast<uint64_t>(used.ru_maxrss) * 1024, folder.bytes + 100000000);
}

}  // namespace
