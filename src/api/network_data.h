#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontends/huggingface/reader.h"
#include "ir/network.h"
#include "lathe/network.h"
#include "lathe/tokenizer.h"

namespace lathe::api {

/// What a model folder says beside its network.
struct FolderData {
  huggingface::ModelInfo info;
  std::optional<Tokenizer> tokenizer;
  std::string source_hash;
};

/// What is asked of a layer.
struct LayerWishes {
  std::optional<DType> precision = {};
  std::map<size_t, DType> output_types = {};
  std::string device = {};
};

/// A block of a layer while its function runs.
struct OpenBlock {
  int64_t number = 0;  ///< as its tensors name it
  std::shared_ptr<ir::Network> network = {};
  struct Capture {
    ir::ValueId outside, inside;
  };
  std::vector<Capture> captures = {};  ///< what it reads of what is around it, in the order of its inputs
};

/// What lathe::Network holds.
struct NetworkData {
  ir::Network network;
  std::optional<FolderData> folder = {};
  std::map<ir::NodeId, LayerWishes> wishes = {};
  std::map<std::string, PortOptions, std::less<>> inputs = {}, outputs = {};
  std::vector<OpenBlock> open = {};  ///< one within the other, the innermost last
  int64_t last_block = 0;
  std::set<ir::ValueId> size_sources = {};  ///< of the network: whose elements became sizes of layers
};

}  // namespace lathe::api
