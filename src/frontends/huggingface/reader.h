#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/network.h"

namespace lathe::huggingface {

/// How sentence-transformers makes a vector of a text, as the files of the folder say.
struct SentenceInfo {
  std::vector<std::string> pooling;  ///< "cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"
  bool include_prompt = true;        ///< tokens of the prompt are pooled like others
  bool changes_tokens = false;       ///< modules stand between the encoder and the pooling
  bool changes_vectors = false;      ///< modules other than a last Normalize stand behind the pooling
  bool normalize = false;            ///< at the end the vector is divided by its Euclidean length
  bool lowercase = false;            ///< texts are lower-cased first
  int64_t max_seq_length = 0;        ///< most tokens a text is cut to, special ones included; 0: the tokenizer's limit
  int64_t dimensions = 0;            ///< the first so many numbers of the vector are used; 0: all
  std::map<std::string, std::string> prompts;  ///< texts that callers may put in front, by name
  std::string default_prompt_name;             ///< empty: none
};

/// What later stages and tasks need to know of a model beside its network.
struct ModelInfo {
  std::string model_type;    ///< "bert"
  std::string architecture;  ///< the class that was built: "BertForMaskedLM"
  int64_t hidden_size = 0, layers = 0, heads = 0, intermediate_size = 0;
  int64_t max_positions = 0, type_vocab = 0, vocab_size = 0;
  std::vector<std::string> id2label;  ///< by class number; LABEL_0, LABEL_1 where the folder names none
  int64_t num_labels() const { return static_cast<int64_t>(id2label.size()); }
  std::string problem_type;  ///< empty where the folder says nothing
  std::optional<SentenceInfo> sentence;
  std::string sentence_problem;  ///< why a folder of sentence-transformers gives no sentence vector; else empty
  std::string encoder_folder;    ///< where the tokenizer lies, too
  std::vector<std::string> weight_files;  ///< the files read, for the record of the plan
};

struct ReadOptions {
  std::string head = {};                  ///< a class such as "BertForMaskedLM"; empty: config.json's architectures[0]
  std::vector<std::string> outputs = {};  ///< outputs to keep, in this order; empty: all of the class
};

struct Model {
  ir::Network network;
  ModelInfo info;
};

/// Reads a model folder as transformers writes it into a network of plain ops on padded tensors:
///   inputs   input_ids, attention_mask (ones), token_type_ids (zeros), position_ids (0, 1, ...): i32 [batch, seq]
///   outputs  those of the class by transformers' names, and on demand last_hidden_state; any class can also give
///            pooler_output where the folder has the pooler's weights. A folder of sentence-transformers also gives
///            sentence_embedding [batch, width]; its other outputs are then on demand. Where it has modules behind its
///            pooling, the entry sentence_embedding.pooled [batch, width] stands for what comes before them, and
///            sentence_embedding.unnormalized, on demand, is what a last Normalize reads.
/// A token counts where its mask is not 0. Outputs [batch, seq, ..] are zero where the mask is 0. A vector a text
/// (pooler_output, logits of texts, "cls") comes from the first token that counts, where transformers takes position 0
/// whatever its mask: the two differ where a text is padded at its left, which transformers then computes from padding.
/// "weightedmean" weighs by the number among the tokens that count. Computation is in F32; F16, BF16 and F64 weights
/// are followed by a cast.
///   Error(not_found)       a missing file, weight (the message lists the first few) or output
///   Error(corrupt_file)    JSON that does not parse (with its line), fields missing or of the wrong type
///   Error(out_of_range)    sizes that no model has
///   Error(unsupported)     another model_type, class, activation or variant (the message lists the known ones)
///   Error(shape_mismatch)  a weight whose shape is not what config.json implies
/// Warns of weights that the class does not use and of weights with NaN or infinite elements.
Model read_folder(const std::string& path, const ReadOptions& options = {});

/// The checked content of a config.json alone. `where` names it in errors.
ModelInfo read_config(std::string_view config_json, std::string_view where, const std::string& head = {});

}  // namespace lathe::huggingface
