#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::tasks {

/// How the folder makes a vector of a text: build() writes it as the member "sentence".
struct SentenceFacts {
  std::vector<std::string> pooling;
  bool include_prompt = true;    ///< tokens of the prompt are pooled like others
  bool changes_tokens = false;   ///< modules stand between the encoder and the pooling
  bool changes_vectors = false;  ///< modules other than a last normalisation stand behind it
  bool normalize = false;        ///< the last module is a normalisation
  bool lowercase = false;        ///< texts are lower-cased first
  int64_t max_seq_length = 0;    ///< replaces the tokenizer's limit, even where it is higher; 0: that counts
  int64_t dimensions = 0;        ///< 0: all
  std::map<std::string, std::string> prompts;
  std::string default_prompt_name;
};

/// What a plan's model_json says, each member optional there:
///   {"model_type", "architecture", "max_positions", "num_labels", "id2label": {"0": ...}, "problem_type",
///    "max_seq_length", "sentence": {...}, "sentence_problem", ...}
struct ModelFacts {
  std::string model_type, architecture, problem_type;
  int64_t max_positions = 0;   ///< 0: unknown
  int64_t max_seq_length = 0;  ///< where tasks cut texts; 0: not given
  std::vector<std::optional<std::string>> labels;
  std::optional<SentenceFacts> sentence;
  std::string sentence_problem;  ///< why a folder of sentence-transformers gives no vector; empty: it does, or is none

  /// The folder's name of a class, which may be empty, or transformers' stand-in "LABEL_3".
  std::string label(size_t i) const;

  /// Members of another type than expected count as absent; text that is no JSON gives nothing at all.
  static ModelFacts parse(std::string_view json);
};

}  // namespace lathe::tasks
