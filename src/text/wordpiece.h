#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "text/normalizer.h"
#include "text/vocabulary.h"

namespace lathe::text {

/// The tokens of one text, without those of the template.
struct Pieces {
  std::vector<int32_t> ids;
  std::vector<std::pair<int32_t, int32_t>> offsets;  // code points of the text

  size_t size() const { return ids.size(); }
};

/// BertPreTokenizer and WordPiece: words are what lies between white space, punctuation is a word of its own; a word is
/// cut from the left into the longest tokens of the vocabulary, or is the unknown token as a whole.
class WordPiece {
 public:
  /// `unknown` must be in the vocabulary.
  WordPiece(Vocabulary vocabulary, std::string unknown, std::string prefix, uint64_t max_word_chars);

  /// Appends the tokens of bytes [begin, end) of `text`; may stop once `out` holds `enough` tokens.
  void run(const Normalized& text, size_t begin, size_t end, size_t enough, Pieces& out) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const std::string& unknown() const { return unknown_; }
  const std::string& prefix() const { return prefix_; }
  uint64_t max_word_chars() const { return max_word_chars_; }
  int32_t unknown_id() const { return unknown_id_; }

 private:
  void word(const Normalized& text, size_t begin, size_t end, Pieces& out) const;

  Vocabulary vocabulary_;
  std::string unknown_, prefix_;
  uint64_t max_word_chars_;
  int32_t unknown_id_;
  int32_t inside_;  // the trie node behind the prefix: where pieces inside a word start
};

}  // namespace lathe::text
