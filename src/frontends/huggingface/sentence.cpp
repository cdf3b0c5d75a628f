#include "frontends/huggingface/sentence.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "ops/concat.h"
#include "ops/sequence_pool.h"

namespace lathe::huggingface {
namespace {

namespace fs = std::filesystem;

struct Mode {
  std::string_view name, old_key;
  ops::PoolMode mode;
};
/// In the order in which sentence-transformers joins the vectors of several modes.
constexpr Mode kModes[] = {
    {"cls", "pooling_mode_cls_token", ops::PoolMode::first},
    {"max", "pooling_mode_max_tokens", ops::PoolMode::max},
    {"mean", "pooling_mode_mean_tokens", ops::PoolMode::mean},
    {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", ops::PoolMode::mean_sqrt},
    {"weightedmean", "pooling_mode_weightedmean_tokens", ops::PoolMode::weighted_mean},
    {"lasttoken", "pooling_mode_lasttoken", ops::PoolMode::last},
};

const Mode* find_mode(std::string_view name) {
  auto found = std::find_if(std::begin(kModes), std::end(kModes), [&](const Mode& m) { return m.name == name; });
  return found == std::end(kModes) ? nullptr : &*found;
}

std::string inner_folder(const std::string& folder, const std::string& name, std::string_view where) {
  fs::path inner(name);
  bool leaves = inner.is_absolute() || std::find(inner.begin(), inner.end(), "..") != inner.end();
  if (leaves || name.find('\0') != std::string::npos)
    fail(ErrorCode::corrupt_file, where, {}, "the path '{}' leaves the folder", name.substr(0, 64));
  return name.empty() ? folder : (fs::path(folder) / inner).string();
}

std::vector<std::string> pooling_modes(const Config& config) {
  std::vector<std::string> modes;
  if (const nlohmann::json* mode = config.find("pooling_mode")) {
    for (const nlohmann::json& name : mode->is_array() ? *mode : nlohmann::json::array({*mode})) {
      if (!name.is_string()) config.wrong_type("pooling_mode", "a name or a list of names");
      modes.push_back(name.get<std::string>());
    }
  } else {
    for (const Mode& known : kModes)
      if (config.boolean(known.old_key, false)) modes.emplace_back(known.name);
  }
  if (modes.empty()) modes.emplace_back("mean");
  return modes;
}

}  // namespace

std::optional<SentenceModules> read_sentence_modules(const std::string& folder) {
  const std::string path = (fs::path(folder) / "modules.json").string();
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  nlohmann::json modules = parse_json(read_text_file(path, 1 << 20), path);
  auto bad = [&] {
    fail(ErrorCode::corrupt_file, path, "mend the file or copy it again",
         "expected a list of modules, each with a type and a path");
  };
  if (!modules.is_array() || modules.empty()) bad();

  SentenceModules result;
  for (const nlohmann::json& module : modules) {
    auto field = [&](const char* key) {
      if (!module.is_object() || !module.contains(key) || !module[key].is_string()) bad();
      return module[key].get<std::string>();
    };
    // Only the class's own name counts: the packages around it have moved between releases.
    std::string type = field("type"), kind = type.substr(type.rfind('.') + 1);
    std::string place = inner_folder(folder, field("path"), path);
    if (kind == "Transformer") {
      result.encoder_folder = place;
      const std::string limits = (fs::path(place) / "sentence_bert_config.json").string();
      if (fs::exists(limits, ignored))
        result.info.max_seq_length = Config::read(limits).integer("max_seq_length", 1, 1 << 20, 0);
    } else if (kind == "Pooling") {
      Config config = Config::read((fs::path(place) / "config.json").string());
      result.info.pooling = pooling_modes(config);
      for (const std::string& mode : result.info.pooling)
        if (find_mode(mode) == nullptr) result.problem = fmt::format("pooling mode '{}'", mode.substr(0, 64));
    } else if (kind == "Normalize") {
      result.info.normalize = true;
    } else if (kind != "Dropout") {
      result.problem = fmt::format("module '{}'", kind.substr(0, 64));
    }
  }
  if (result.encoder_folder.empty()) result.encoder_folder = folder;
  if (result.info.pooling.empty() && result.problem.empty()) result.problem = "a list of modules without Pooling";
  return result;
}

ir::ValueId sentence_embedding(const SentenceInfo& info, const Graph& graph, Builder& build, ir::Network& network) {
  const std::string path = "sentence_embedding";
  std::vector<ir::ValueId> parts;
  for (const std::string& mode : info.pooling)
    parts.push_back(network.add1(ops::SequencePool{find_mode(mode)->mode}, {graph.hidden, graph.mask},
                                 fmt::format("{}.{}", path, mode), {path}));
  ir::ValueId x = parts.size() == 1 ? parts[0] : network.add1(ops::Concat{-1}, parts, path + ".concat", {path});
  return info.normalize ? build.normalized(x, path + ".normalize") : x;
}

}  // namespace lathe::huggingface
