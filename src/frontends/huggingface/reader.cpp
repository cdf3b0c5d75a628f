#include "frontends/huggingface/reader.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "frontends/huggingface/family.h"
#include "frontends/huggingface/module_builder.h"
#include "frontends/huggingface/sentence.h"

namespace lathe::huggingface {

#define LATHE_FAMILY(name) const Family& name##_family();
#include "frontends/huggingface/families.inc"
#undef LATHE_FAMILY

namespace {

namespace fs = std::filesystem;

const Family& family_of(const Config& config) {
  static const std::vector<const Family*> families = {
#define LATHE_FAMILY(name) &name##_family(),
#include "frontends/huggingface/families.inc"
#undef LATHE_FAMILY
  };
  std::string type = config.text("model_type");
  std::vector<std::string_view> known;
  for (const Family* family : families) {
    if (family->model_type == type) return *family;
    known.push_back(family->model_type);
  }
  fail(ErrorCode::unsupported, config.where(), fmt::format("known are {}", fmt::join(known, ", ")),
       "the model_type '{}' is not supported", type.substr(0, 64));
}

/// Adds the sentence vector to what the folder can give. What it refers to must outlive the candidates.
void offer_sentence(const SentenceModules& modules, Graph& graph, ModuleBuilder& build, ir::Network& network,
                    std::vector<std::string>& files) {
  for (Candidate& candidate : graph.candidates) candidate.of_class &= candidate.name != "pooler_output";
  const auto make = [&] {
    const SentenceGraph sentence = build_sentence(modules, graph, build, network, files);
    if (sentence.pooled != ir::kNone) network.mark_entry("sentence_embedding.pooled", sentence.pooled);
    if (sentence.unnormalized != ir::kNone)
      network.mark_output("sentence_embedding.unnormalized", sentence.unnormalized, true);
    return sentence.vector;
  };
  graph.candidates.insert(graph.candidates.begin(), {"sentence_embedding", true, {}, make});
}

struct Choice {
  const Candidate* candidate;
  bool on_demand;
};

/// All outputs of the class, and on demand what other tasks than the class's read: it costs no weights.
std::vector<Choice> usual(const Graph& graph, const std::string& path, bool embeds) {
  std::vector<Choice> chosen;
  for (const Candidate& candidate : graph.candidates) {
    if (candidate.of_class && !candidate.lacking.empty())
      log(LogLevel::warning, "{}: the output {} is left out: the folder lacks {}", path, candidate.name,
          candidate.lacking);
    else if (candidate.of_class)
      chosen.push_back({&candidate, embeds && candidate.name != "sentence_embedding"});
    else if (candidate.name == "last_hidden_state")
      chosen.push_back({&candidate, true});
  }
  return chosen;
}

/// Outputs by the names asked for.
std::vector<Choice> wanted(const Graph& graph, const std::vector<std::string>& outputs, const std::string& path,
                           const std::string& sentence_problem) {
  std::vector<Choice> chosen;
  for (const std::string& name : outputs) {
    std::vector<std::string_view> known;
    const Candidate* found = nullptr;
    for (const Candidate& candidate : graph.candidates) {
      if (candidate.name == name) found = &candidate;
      known.push_back(candidate.name);
    }
    if (found == nullptr && name == "sentence_embedding" && !sentence_problem.empty())
      fail(ErrorCode::unsupported, path, "Lathe does Transformer, Pooling, Dense, LayerNorm, Normalize and Dropout",
           "there is no sentence_embedding, for want of {}", sentence_problem);
    if (found == nullptr)
      fail(ErrorCode::not_found, path, fmt::format("it has {}", fmt::join(known, ", ")), "the model has no output '{}'",
           name.substr(0, 64));
    const bool twice = std::any_of(chosen.begin(), chosen.end(), [&](const Choice& c) { return c.candidate == found; });
    if (!twice) chosen.push_back({found, false});
  }
  return chosen;
}

bool has_tokens(const ops::TensorType& type) {
  return type.rank() >= 2 && type.shape[0] == Dim::symbol("batch") && type.shape[1] == Dim::symbol("seq");
}

}  // namespace

ModelInfo read_config(std::string_view config_json, std::string_view where, const std::string& head) {
  Config config = Config::parse(config_json, where);
  return family_of(config).describe(config, head);
}

Model read_folder(const std::string& path, const ReadOptions& options) {
  std::optional<SentenceModules> modules = read_sentence_modules(path);
  const std::string folder = modules ? modules->encoder_folder : path;
  const std::string config_path = (fs::path(folder) / "config.json").string();
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    fail(ErrorCode::not_found, path, "give a model folder as Hugging Face writes it", "there is no such folder");
  if (!fs::exists(config_path, ignored))
    fail(ErrorCode::not_found, path, "give a model folder as Hugging Face writes it", "there is no config.json");
  Config config = Config::read(config_path);
  const Family& family = family_of(config);

  Model model;
  model.info = family.describe(config, options.head);
  model.info.encoder_folder = folder;
  model.network.name = model.info.architecture;
  Weights weights(folder, family.weight_prefix, model.network);
  Graph graph = family.build(config, model.info, weights, model.network);
  ModuleBuilder build(model.network, weights);
  if (modules && modules->problem.empty()) {
    model.info.sentence = modules->info;
    offer_sentence(*modules, graph, build, model.network, model.info.weight_files);
  } else if (modules) {
    model.info.sentence_problem = modules->problem;
    log(LogLevel::warning, "{}: no sentence_embedding, for want of {}", path, modules->problem);
  }
  weights.check({});

  const std::vector<Choice> choices = options.outputs.empty()
                                          ? usual(graph, path, model.info.sentence.has_value())
                                          : wanted(graph, options.outputs, path, model.info.sentence_problem);
  for (const auto& [candidate, on_demand] : choices) {
    ir::ValueId value = candidate->make();
    if (has_tokens(model.network.value(value).type)) value = build.masked(value, graph.mask, candidate->name);
    model.network.mark_output(candidate->name, value, on_demand);
    weights.check(fmt::format("the output '{}' needs them: ask for another output, or name the class of the weights",
                              candidate->name));
  }
  weights.warn_unused(graph.class_weights);
  const std::vector<std::string> files = weights.store().files();
  model.info.weight_files.insert(model.info.weight_files.begin(), files.begin(), files.end());
  return model;
}

}  // namespace lathe::huggingface
