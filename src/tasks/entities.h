#pragma once
#include <span>
#include <string>
#include <vector>

#include "lathe/tasks.h"
#include "lathe/tokenizer.h"

namespace lathe::tasks {

/// A token with its scores over the labels, as the aggregations read it.
struct TaggedToken {
  std::string word;  ///< the token as it is, or the text's own characters where the vocabulary lacks the word
  std::vector<double> scores;
  int32_t start = 0, end = 0, index = 0;
  bool continues_word = false;
};

/// Tokens to entities as transformers' token-classification does it. `labels[i]` names the label of scores[i].
/// Labels in `ignored` are left out at the end. The tokenizer's decoder makes words of tokens.
std::vector<Entity> aggregate(std::span<const TaggedToken> tokens, std::span<const std::string> labels,
                              const Tokenizer& tokenizer, Aggregation how, std::span<const std::string> ignored);

/// Entities of overlapping windows of one text: of those that overlap the longest stays, of equal ones the surest.
std::vector<Entity> merge_overlapping(std::vector<Entity> entities);

}  // namespace lathe::tasks
