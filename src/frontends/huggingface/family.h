#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/huggingface/config.h"
#include "frontends/huggingface/reader.h"
#include "frontends/huggingface/weights.h"

namespace lathe::huggingface {

/// An output that a folder can give; `make` adds its nodes when it is asked for.
struct Candidate {
  std::string name;
  bool of_class = false;  ///< transformers' class returns it by default
  std::string lacking;    ///< what folders often lack of it and this one does: it is left out unless asked for
  std::function<ir::ValueId()> make;
};

/// What a family builds: the encoder at once, the rest on request.
struct Graph {
  ir::ValueId hidden = ir::kNone;  ///< [batch, seq, hidden]: the last layer's result
  ir::ValueId mask = ir::kNone;    ///< i32 [batch, seq]
  std::vector<Candidate> candidates;
  std::vector<std::string> class_weights;  ///< prefixes of the weights that belong to the class, built or not
};

/// A kind of model, one file each. families.inc names them all.
struct Family {
  std::string_view model_type;     ///< of config.json
  std::string_view weight_prefix;  ///< of the names of its weights inside a class with a head
  /// Checks config.json and fills in everything but `sentence` and `weight_files`.
  ModelInfo (*describe)(const Config& config, const std::string& head);
  Graph (*build)(const Config& config, const ModelInfo& info, Weights& weights, ir::Network& network);
};

}  // namespace lathe::huggingface
