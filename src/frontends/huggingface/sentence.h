#pragma once
#include <optional>
#include <string>

#include "frontends/huggingface/builder.h"
#include "frontends/huggingface/family.h"

namespace lathe::huggingface {

/// What modules.json and the files it names say. `problem`: why no sentence vector can be made of this folder (a module
/// that Lathe lacks); empty where it can.
struct SentenceModules {
  SentenceInfo info;
  std::string encoder_folder;  ///< where config.json and the weights lie
  std::string problem;
};

/// Nothing where the folder has no modules.json. Error(corrupt_file) for files that do not say what they must.
std::optional<SentenceModules> read_sentence_modules(const std::string& folder);

/// The sentence vector [batch, hidden * pooling modes] of the encoder's result.
ir::ValueId sentence_embedding(const SentenceInfo& info, const Graph& graph, Builder& build, ir::Network& network);

}  // namespace lathe::huggingface
