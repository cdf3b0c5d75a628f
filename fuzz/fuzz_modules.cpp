// The files of a sentence-transformers folder: any bytes in one of them give modules that hold together or
// lathe::Error. The first byte says which file.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "frontends/huggingface/sentence.h"
#include "fuzz/seed_files.h"
#include "fuzz/target.h"
#include "lathe/error.h"
#include "lathe/log.h"

namespace {
namespace fs = std::filesystem;
using lathe::huggingface::SentenceModule;

constexpr std::pair<const char*, std::string_view> kFiles[] = {
    {"modules.json", R"([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
      {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
      {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
      {"idx": 3, "name": "3", "path": "3_LayerNorm", "type": "sentence_transformers.models.LayerNorm"},
      {"idx": 4, "name": "4", "path": "4_Normalize", "type": "sentence_transformers.models.Normalize"}])"},
    {"1_Pooling/config.json", R"({"word_embedding_dimension": 32, "pooling_mode_cls_token": true,
      "pooling_mode_mean_tokens": true, "include_prompt": false})"},
    {"2_Dense/config.json", R"({"in_features": 64, "out_features": 16, "bias": true,
      "activation_function": "torch.nn.modules.activation.Tanh"})"},
    {"3_LayerNorm/config.json", R"({"dimension": 16})"},
    {"sentence_bert_config.json", R"({"max_seq_length": 128, "do_lower_case": true})"},
    {"config_sentence_transformers.json", R"({"prompts": {"query": "query: ", "none": null}, "truncate_dim": 8,
      "default_prompt_name": "query", "model_type": "SentenceTransformer"})"},
};

/// A folder of all files, removed at the end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("lathe-fuzz-modules-" + std::to_string(getpid()))) {
    lathe::set_logger([](lathe::LogLevel, std::string_view) {});
    for (const auto& [name, content] : kFiles) put(name, content);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  void put(const char* name, std::string_view content) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const lathe::huggingface::SentenceModules& read, const fs::path& folder) {
  require(fs::weakly_canonical(read.encoder_folder).string().starts_with(fs::weakly_canonical(folder).string()));
  require(read.info.max_seq_length >= 0 && read.info.dimensions >= 0);
  if (!read.problem.empty()) return;
  int poolings = 0;
  for (const SentenceModule& m : read.modules) {
    poolings += m.kind == SentenceModule::Kind::pooling;
    if (m.kind == SentenceModule::Kind::pooling) require(!m.pooling.empty());
    for (const std::string& mode : m.pooling) require(lathe::huggingface::pool_mode(mode) != nullptr);
    if (m.kind == SentenceModule::Kind::dense) require(m.in > 0 && m.out > 0 && !m.name.empty());
  }
  require(poolings == 1);
}

}  // namespace

std::vector<std::string> lathe::fuzz::seeds() {
  std::vector<std::string> list;
  for (size_t i = 0; i < std::size(kFiles); ++i)
    list.push_back(std::string(1, static_cast<char>(i)) + std::string(kFiles[i].second));
  const std::string newer = file_bytes(LATHE_SOURCE_DIR "/tests/goldens/embed/mean-new-format/modules.json");
  list.push_back(std::string(1, '\0') + newer);
  return list;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folder folder;
  if (size == 0) return 0;
  const auto& [name, good] = kFiles[data[0] % std::size(kFiles)];
  folder.put(name, {reinterpret_cast<const char*>(data) + 1, size - 1});
  try {
    if (const auto read = lathe::huggingface::read_sentence_modules(folder.path().string()))
      check(*read, folder.path());
  } catch (const lathe::Error&) {}
  folder.put(name, good);
  return 0;
}
