#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "text/normalizer.h"
#include "text/vocabulary.h"

namespace lathe::text {

/// A token that is found in the text before words are cut: [MASK] and its like, and what users added.
struct AddedToken {
  std::string content;
  bool single_word = false;  ///< only where no word character touches it
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space behind it
  bool normalized = false;   ///< compared after normalisation of both text and token
  bool special = false;      ///< left out by decode(skip_special_tokens)
  int32_t id = -1;
};

class AddedTokens {
 public:
  /// An occurrence: bytes [begin, end) of the text searched, stripped white space included.
  struct Match {
    size_t begin, end;
    int32_t id;
  };

  /// Gives the token its id: that of the same text in the vocabulary, else the next free one. A token that is there
  /// already takes the new flags; one without text is ignored.
  void add(AddedToken token, const Vocabulary& vocabulary, const Normalizer& normalizer);
  /// Call once, after the last add() and before find().
  void finish();

  /// Leftmost longest occurrences, in order, without overlaps, of the tokens with this `normalized` flag.
  void find(std::string_view text, bool normalized, std::vector<Match>& out) const;
  bool has_normalized() const { return !after_.empty; }

  /// Tokens by ascending id; the reference writes them in this order too.
  std::vector<AddedToken> list() const;
  size_t size() const { return by_content_.size(); }
  int32_t id_of(std::string_view content) const;
  /// Null where no added token has this id. A normalized token is known by its normalised text.
  const std::string* token_of(int64_t id) const;
  bool is_special(std::string_view content) const { return special_.count(std::string(content)) > 0; }
  int64_t id_limit() const { return id_limit_; }

 private:
  struct Search {
    Trie trie;
    std::array<bool, 256> starts{};
    bool empty = true;
    void insert(const std::string& key, int32_t id);
  };
  struct Known {
    AddedToken token;
    std::string text;  // what it is searched for as, and shown as
  };

  std::unordered_map<std::string, int32_t> by_content_;
  std::unordered_map<int64_t, Known> by_id_;
  std::unordered_set<std::string> special_;
  Search before_, after_;  // normalisation
  int64_t id_limit_ = 0;
};

}  // namespace lathe::text
