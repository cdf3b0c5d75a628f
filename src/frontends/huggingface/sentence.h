#pragma once
#include <optional>
#include <string>
#include <vector>

#include "frontends/huggingface/family.h"
#include "frontends/huggingface/module_builder.h"
#include "ops/sequence_pool.h"

namespace lathe::huggingface {

/// A module behind the encoder, with what its config.json says. Vectors are those of tokens [batch, seq, width], which
/// the encoder gives, or of texts [batch, width], which Pooling gives.
struct SentenceModule {
  enum class Kind { pooling, dense, layer_norm, normalize };
  Kind kind{};
  std::string name;  ///< of its folder, "2_Dense": part of the names of its weights
  std::string folder;
  bool reads_tokens = false, gives_tokens = false;
  std::vector<std::string> pooling = {};  ///< Kind::pooling: names of modes, whose vectors are joined
  int64_t in = 0, out = 0;                ///< Kind::dense; layer_norm has `in` alone
  bool bias = true, residual = false;     ///< Kind::dense
  std::string activation = {};            ///< Kind::dense: as ModuleBuilder names it; empty: none
};

/// What modules.json and the files it names say. `problem`: why no sentence vector can be made of this folder (a module
/// or setting that Lathe lacks); empty where it can.
struct SentenceModules {
  SentenceInfo info;
  std::vector<SentenceModule> modules;
  std::string encoder_folder;  ///< where config.json, the weights and the tokenizer lie
  std::string problem;
};

/// Reads modules.json, config_sentence_transformers.json, sentence_bert_config.json and each module's config.json.
/// Nothing where the folder is no folder of SentenceTransformer. Error(corrupt_file) for files that do not say what
/// they must.
std::optional<SentenceModules> read_sentence_modules(const std::string& folder);

/// The node of a pooling mode: an attribute of ops::SequencePool. Null for an unknown name.
const ops::PoolMode* pool_mode(std::string_view name);

/// The sentence vector [batch, width] of the encoder's result, and the points where tasks step in:
struct SentenceGraph {
  ir::ValueId pooled = ir::kNone;        ///< what Pooling gives; none where nothing but Normalize follows it
  ir::ValueId unnormalized = ir::kNone;  ///< in front of the last Normalize; none like `pooled`
  ir::ValueId vector = ir::kNone;
};
/// `files` gets the weight files that modules have.
SentenceGraph build_sentence(const SentenceModules& sentence, const Graph& graph, ModuleBuilder& build,
                             ir::Network& network, std::vector<std::string>& files);

}  // namespace lathe::huggingface
