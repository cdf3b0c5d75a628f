#include "frontends/huggingface/reader.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "frontends/huggingface/builder.h"
#include "frontends/huggingface/family.h"
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

/// Adds the sentence vector to what the folder can give.
void offer_sentence(const SentenceModules& modules, Graph& graph, Builder& build, ir::Network& network) {
  for (Candidate& candidate : graph.candidates) candidate.of_class &= candidate.name != "pooler_output";
  graph.candidates.insert(graph.candidates.begin(), {"sentence_embedding", true, [&modules, &graph, &build, &network] {
                                                       return sentence_embedding(modules.info, graph, build, network);
                                                     }});
}

/// Outputs by the names asked for, or all of the class.
std::vector<const Candidate*> wanted(const Graph& graph, const ReadOptions& options, const std::string& path,
                                     const std::optional<SentenceModules>& modules) {
  std::vector<const Candidate*> chosen;
  for (const Candidate& candidate : graph.candidates)
    if (options.outputs.empty() && candidate.of_class) chosen.push_back(&candidate);
  for (const std::string& name : options.outputs) {
    std::vector<std::string_view> known;
    const Candidate* found = nullptr;
    for (const Candidate& candidate : graph.candidates) {
      if (candidate.name == name) found = &candidate;
      known.push_back(candidate.name);
    }
    if (found == nullptr && name == "sentence_embedding" && modules)
      fail(ErrorCode::unsupported, path, "Lathe does Transformer, Pooling and Normalize",
           "modules.json has a {}, so there is no sentence_embedding", modules->problem);
    if (found == nullptr)
      fail(ErrorCode::not_found, path, fmt::format("it has {}", fmt::join(known, ", ")), "the model has no output '{}'",
           name.substr(0, 64));
    if (std::find(chosen.begin(), chosen.end(), found) == chosen.end()) chosen.push_back(found);
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
  if (!fs::exists(config_path, ignored))
    fail(ErrorCode::not_found, path, "give a model folder as Hugging Face writes it", "there is no config.json");
  Config config = Config::read(config_path);
  const Family& family = family_of(config);

  Model model;
  model.info = family.describe(config, options.head);
  model.network.name = model.info.architecture;
  Weights weights(folder, family.weight_prefix, model.network);
  Graph graph = family.build(config, model.info, weights, model.network);
  Builder build(model.network, weights);
  if (modules && modules->problem.empty()) {
    model.info.sentence = modules->info;
    offer_sentence(*modules, graph, build, model.network);
  } else if (modules) {
    log(LogLevel::warning, "{}: modules.json has a {}: no sentence_embedding", path, modules->problem);
  }
  weights.check({});

  bool embeds = options.outputs.empty() && model.info.sentence;
  for (const Candidate* candidate : wanted(graph, options, path, modules)) {
    ir::ValueId value = candidate->make();
    if (has_tokens(model.network.value(value).type)) value = build.masked(value, graph.mask, candidate->name);
    model.network.mark_output(candidate->name, value, embeds && candidate->name != "sentence_embedding");
    weights.check(fmt::format("the output '{}' needs them: ask for another output, or name the class of the weights",
                              candidate->name));
  }
  weights.warn_unused(graph.class_weights);
  model.info.weight_files = weights.store().files();
  return model;
}

}  // namespace lathe::huggingface
