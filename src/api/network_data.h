#pragma once
#include <optional>
#include <string>

#include "frontends/huggingface/reader.h"
#include "ir/network.h"
#include "lathe/tokenizer.h"

namespace lathe::api {

/// What a model folder says beside its network.
struct FolderData {
  huggingface::ModelInfo info;
  std::optional<Tokenizer> tokenizer;
  std::string source_hash;
};

/// What lathe::Network holds.
struct NetworkData {
  ir::Network network;
  std::optional<FolderData> folder = {};
};

}  // namespace lathe::api
