#include "frontends/huggingface/sentence.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <map>

#include "base/error.h"
#include "base/log.h"

namespace lathe::huggingface {
namespace {

namespace fs = std::filesystem;
using Kind = SentenceModule::Kind;

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

/// Classes of PyTorch that a Dense module may name, by the last part of the path.
const std::map<std::string_view, std::string_view> kActivations = {
    {"Identity", ""}, {"Tanh", "tanh"}, {"ReLU", "relu"}, {"GELU", "gelu"}, {"Sigmoid", "sigmoid"}, {"SiLU", "silu"}};

std::string inner_folder(const std::string& folder, const std::string& name, std::string_view where) {
  fs::path inner(name);
  bool leaves = inner.is_absolute() || std::find(inner.begin(), inner.end(), "..") != inner.end();
  if (leaves || name.find('\0') != std::string::npos)
    fail(ErrorCode::corrupt_file, where, {}, "the path '{}' leaves the folder", name.substr(0, 64));
  return name.empty() ? folder : (fs::path(folder) / inner).string();
}

/// The last part of a path, whether or not it ends in slashes.
std::string last_name(const fs::path& path) {
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

/// Collects why there is no sentence vector; the first reason counts.
class Reader {
 public:
  explicit Reader(SentenceModules& result) : result_(result) {}

  void transformer(const std::string& place);
  void module(Kind kind, const std::string& place, bool& has_texts);
  void refuse(std::string problem) {
    if (result_.problem.empty()) result_.problem = std::move(problem);
  }

 private:
  /// Settings that Lathe does not know may change the result.
  void need_known(const Config& config, std::initializer_list<std::string_view> known) {
    for (const std::string& key : config.keys())
      if (std::find(known.begin(), known.end(), key) == known.end() && config.has(key))
        refuse(fmt::format("the setting '{}' of {}", key.substr(0, 64), config.where()));
  }
  void pooling(const Config& config, SentenceModule& module);
  void dense(const Config& config, SentenceModule& module);
  void kwargs(const Config& config, std::string_view key, std::initializer_list<std::string_view> harmless);

  SentenceModules& result_;
};

void Reader::kwargs(const Config& config, std::string_view key, std::initializer_list<std::string_view> harmless) {
  const nlohmann::json* given = config.find(key);
  if (!given) return;
  if (!given->is_object()) config.wrong_type(key, "an object");
  for (const auto& [name, value] : given->items()) {
    if (name == "model_max_length" && value.is_number_integer() && value > 0)
      result_.info.max_seq_length = value.get<int64_t>();
    else if (std::find(harmless.begin(), harmless.end(), name) == harmless.end())
      refuse(fmt::format("the setting '{}.{}' of {}", key, name.substr(0, 64), config.where()));
  }
}

void Reader::transformer(const std::string& place) {
  std::error_code ignored;
  for (const char* kind : {"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"}) {
    const std::string path = (fs::path(place) / fmt::format("sentence_{}_config.json", kind)).string();
    if (!fs::exists(path, ignored)) continue;
    const Config config = Config::read(path);
    if (config.keys().empty()) continue;
    // The last three matter to calls that name a task alone; unpadded inputs give the same results.
    need_known(config, {"max_seq_length", "do_lower_case", "transformer_task", "modality_config", "module_output_name",
                        "processing_kwargs", "model_args", "model_kwargs", "tokenizer_args", "processor_kwargs",
                        "config_args", "config_kwargs", "unpad_inputs", "query_length", "document_length"});
    result_.info.max_seq_length = config.integer("max_seq_length", 1, 1 << 20, 0);
    result_.info.lowercase = config.boolean("do_lower_case", false);
    for (const char* key : {"model_args", "model_kwargs"})
      kwargs(config, key, {"add_pooling_layer", "attn_implementation", "dtype", "torch_dtype", "trust_remote_code"});
    for (const char* key : {"tokenizer_args", "processor_kwargs"})
      kwargs(config, key, {"trust_remote_code", "use_fast", "padding_side"});
    for (const char* key : {"config_args", "config_kwargs"}) kwargs(config, key, {"trust_remote_code"});
    kwargs(config, "processing_kwargs", {"chat_template"});
    if (config.text("transformer_task", "feature-extraction") != "feature-extraction" ||
        (config.has("modality_config") && config.text("module_output_name", "") != "token_embeddings"))
      refuse(fmt::format("the task or output that {} names", path));
    if (const nlohmann::json* modality = config.find("modality_config")) {
      const nlohmann::json plain = {{"method", "forward"}, {"method_output_name", "last_hidden_state"}};
      if (!modality->is_object() || modality->size() != 1 || !modality->contains("text") ||
          (*modality)["text"] != plain)
        refuse(fmt::format("the setting 'modality_config' of {}", path));
    }
    return;
  }
}

void Reader::pooling(const Config& config, SentenceModule& module) {
  need_known(config,
             {"word_embedding_dimension", "embedding_dimension", "pooling_mode", "include_prompt",
              "pooling_mode_cls_token", "pooling_mode_max_tokens", "pooling_mode_mean_tokens",
              "pooling_mode_mean_sqrt_len_tokens", "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken"});
  result_.info.include_prompt = config.boolean("include_prompt", true);
  if (const nlohmann::json* mode = config.find("pooling_mode")) {
    for (const nlohmann::json& name : mode->is_array() ? *mode : nlohmann::json::array({*mode})) {
      if (!name.is_string()) config.wrong_type("pooling_mode", "a name or a list of names");
      module.pooling.push_back(name.get<std::string>());
    }
  } else {
    for (const Mode& known : kModes)
      if (config.boolean(known.old_key, false)) module.pooling.emplace_back(known.name);
  }
  if (module.pooling.empty()) module.pooling.emplace_back("mean");
  for (const std::string& mode : module.pooling)
    if (pool_mode(mode) == nullptr) refuse(fmt::format("the pooling mode '{}'", mode.substr(0, 64)));
  result_.info.pooling = module.pooling;
}

void Reader::dense(const Config& config, SentenceModule& module) {
  need_known(config, {"in_features", "out_features", "bias", "activation_function", "module_input_name",
                      "module_output_name", "use_residual"});
  module.in = config.integer("in_features", 1, 1 << 20);
  module.out = config.integer("out_features", 1, 1 << 20);
  module.bias = config.boolean("bias", true);
  module.residual = config.boolean("use_residual", false);
  std::string function = config.text("activation_function", "torch.nn.modules.activation.Tanh");
  if (!function.starts_with("torch.")) {
    log(LogLevel::warning,
        "{}: the activation function '{}' is none of PyTorch's; Tanh is taken, as "
        "sentence-transformers does",
        config.where(), function.substr(0, 64));
    function = "torch.nn.modules.activation.Tanh";
  }
  const auto known = kActivations.find(std::string_view(function).substr(function.rfind('.') + 1));
  if (known == kActivations.end())
    refuse(fmt::format("the activation function '{}' of {}", function.substr(0, 64), config.where()));
  else
    module.activation = known->second;
}

void Reader::module(Kind kind, const std::string& place, bool& has_texts) {
  SentenceModule module{kind, last_name(place), place};
  const std::string path = (fs::path(place) / "config.json").string();
  std::error_code ignored;
  const bool optional = kind == Kind::normalize;
  const Config config = optional && !fs::exists(path, ignored) ? Config::parse("{}", path) : Config::read(path);
  const std::string input = config.text("module_input_name", "sentence_embedding");
  const std::string output = config.text("module_output_name", input);
  switch (kind) {
    case Kind::pooling: pooling(config, module); break;
    case Kind::dense: dense(config, module); break;
    case Kind::layer_norm:
      need_known(config, {"dimension"});
      module.in = config.integer("dimension", 1, 1 << 20);
      break;
    case Kind::normalize: break;  // sentence-transformers passes over keys that it does not know
  }
  if (kind == Kind::pooling) {
    module.reads_tokens = true;
    if (has_texts) refuse("a second Pooling");
    has_texts = true;
  } else if (kind != Kind::layer_norm) {
    for (const std::string& name : {input, output})
      if (name != "token_embeddings" && name != "sentence_embedding")
        refuse(fmt::format("the name '{}' in {}", name.substr(0, 64), path));
    module.reads_tokens = input == "token_embeddings";
    module.gives_tokens = output == "token_embeddings";
    if (module.reads_tokens != module.gives_tokens) refuse(fmt::format("input and output of {}", path));
  }
  if (!module.reads_tokens && !has_texts) refuse(fmt::format("{} in front of Pooling", module.name));
  result_.modules.push_back(std::move(module));
}

/// config_sentence_transformers.json. False where the folder is another class's than SentenceTransformer.
bool read_settings(const std::string& folder, SentenceInfo& info) {
  const std::string path = (fs::path(folder) / "config_sentence_transformers.json").string();
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return true;
  const Config config = Config::read(path);
  if (const std::string type = config.text("model_type", "SentenceTransformer"); type != "SentenceTransformer") {
    log(LogLevel::warning,
        "{}: the folder is a {}'s; its modules do not count, as in sentence-transformers' "
        "SentenceTransformer",
        path, type.substr(0, 64));
    return false;
  }
  if (const nlohmann::json* prompts = config.find("prompts")) {
    if (!prompts->is_object()) config.wrong_type("prompts", "an object of texts");
    for (const auto& [name, text] : prompts->items()) {
      if (!text.is_string() && !text.is_null()) config.wrong_type("prompts", "an object of texts");
      info.prompts[name] = text.is_null() ? std::string() : text.get<std::string>();
    }
  }
  // sentence-transformers knows these two whatever a folder says.
  for (const char* name : {"query", "document"}) info.prompts.try_emplace(name);
  info.default_prompt_name = config.text("default_prompt_name", "");
  if (config.has("default_prompt_name") && !info.prompts.contains(info.default_prompt_name))
    fail(ErrorCode::corrupt_file, path, "name one of the prompts", "there is no prompt '{}', which is the default",
         info.default_prompt_name.substr(0, 64));
  info.dimensions = config.integer("truncate_dim", 1, 1 << 24, 0);
  return true;
}

}  // namespace

const ops::PoolMode* pool_mode(std::string_view name) {
  auto found = std::find_if(std::begin(kModes), std::end(kModes), [&](const Mode& m) { return m.name == name; });
  return found == std::end(kModes) ? nullptr : &found->mode;
}

std::optional<SentenceModules> read_sentence_modules(const std::string& folder) {
  const std::string path = (fs::path(folder) / "modules.json").string();
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  nlohmann::json modules = read_json(path);
  auto bad = [&] {
    fail(ErrorCode::corrupt_file, path, "mend the file or copy it again",
         "expected a list of modules, each with a type and a path");
  };
  if (!modules.is_array() || modules.empty()) bad();

  SentenceModules result;
  if (!read_settings(folder, result.info)) return std::nullopt;
  Reader reader(result);
  bool has_texts = false;
  for (const nlohmann::json& module : modules) {
    auto field = [&](const char* key) {
      if (!module.is_object() || !module.contains(key) || !module[key].is_string()) bad();
      return module[key].get<std::string>();
    };
    // Only the class's own name counts: the packages around it have moved between releases.
    const std::string type = field("type"), kind = type.substr(type.rfind('.') + 1);
    const std::string place = inner_folder(folder, field("path"), path);
    if ((kind == "Transformer") != result.encoder_folder.empty())
      reader.refuse(kind == "Transformer" ? "a second Transformer" : fmt::format("'{}' as the first module", kind));
    if (kind == "Transformer") {
      result.encoder_folder = place;
      reader.transformer(place);
    } else if (kind == "Pooling") {
      reader.module(Kind::pooling, place, has_texts);
    } else if (kind == "Dense") {
      reader.module(Kind::dense, place, has_texts);
    } else if (kind == "LayerNorm") {
      reader.module(Kind::layer_norm, place, has_texts);
    } else if (kind == "Normalize") {
      reader.module(Kind::normalize, place, has_texts);
    } else if (kind != "Dropout") {
      reader.refuse(fmt::format("the module '{}'", kind.substr(0, 64)));
    }
  }
  if (result.encoder_folder.empty()) result.encoder_folder = folder;
  if (!has_texts) reader.refuse("a list of modules without Pooling");

  SentenceInfo& info = result.info;
  const auto pooling = std::find_if(result.modules.begin(), result.modules.end(),
                                    [](const SentenceModule& m) { return m.kind == Kind::pooling; });
  info.normalize =
      !result.modules.empty() && result.modules.back().kind == Kind::normalize && !result.modules.back().reads_tokens;
  info.changes_tokens = pooling != result.modules.begin();
  info.changes_vectors = result.modules.end() - pooling > 1 + (info.normalize ? 1 : 0);
  return result;
}

}  // namespace lathe::huggingface
