#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

/// A set of byte strings, each with an id, as a trie whose edges lie in one hash table. A node is walked to by bytes;
/// finding the longest entry that starts a text costs one probe a byte.
class Trie {
 public:
  static constexpr int32_t kRoot = 0;
  static constexpr int32_t kNone = -1;

  struct Step {
    int32_t node = kNone;
    int32_t id = kNone;  // of the entry that ends here
  };

  Trie();
  /// Room for so many nodes without growing.
  void reserve(size_t nodes);
  /// False, with nothing changed, when `key` is there already. `key` must not be empty.
  /// Error(out_of_range) beyond 16 million nodes.
  bool insert(std::string_view key, int32_t id);

  Step step(int32_t node, unsigned char byte) const {
    const uint32_t key = static_cast<uint32_t>(node) << 8 | byte;
    for (uint32_t slot = slot_of(key);; slot = (slot + 1) & mask_) {
      const Edge& e = edges_[slot];
      if (e.node == kNone) return {};
      if (e.key == key) return {e.node, e.id};
    }
  }

  /// The node after `key`; kNone where no entry starts with it.
  int32_t walk(std::string_view key) const;
  /// The id of `key` itself, or kNone.
  int32_t find(std::string_view key) const;
  /// The longest entry that `text` starts with, walking on from `node`: its id and length, or kNone and 0.
  struct Match {
    int32_t id = kNone;
    size_t length = 0;
  };
  Match longest(int32_t node, const char* text, const char* end) const {
    Match match;
    for (const char* p = text; p < end; ++p) {
      const Step s = step(node, static_cast<unsigned char>(*p));
      if (s.node == kNone) break;
      node = s.node;
      if (s.id != kNone) match = {s.id, static_cast<size_t>(p - text) + 1};
    }
    return match;
  }

 private:
  struct Edge {
    uint32_t key = 0;
    int32_t node = kNone;
    int32_t id = kNone;
  };
  uint32_t slot_of(uint32_t key) const { return (key * 0x9E3779B1u) >> shift_; }
  void grow();

  std::vector<Edge> edges_;
  uint32_t mask_ = 0;
  int shift_ = 0;
  int32_t nodes_ = 1;
};

/// Tokens and their ids, both ways. Ids are unique and need not be dense.
class Vocabulary {
 public:
  struct Entry {
    int32_t id;
    uint32_t begin, length;  // of the token in bytes_
  };

  /// Room for tokens of so many bytes together; a hint.
  void reserve(size_t bytes) { trie_.reserve(bytes / 3); }
  /// False, and nothing changed, when the token is already there.
  bool add(std::string_view token, int32_t id);
  /// Orders the entries by id; returns an id that two tokens share, or -1. Call once, after the last add().
  int32_t finish();

  size_t size() const { return entries_.size(); }
  int32_t id_of(std::string_view token) const { return token.empty() ? empty_id_ : trie_.find(token); }
  std::string_view token(const Entry& e) const { return std::string_view(bytes_).substr(e.begin, e.length); }
  /// Empty where there is none.
  std::string_view token_of(int64_t id) const;
  std::span<const Entry> entries() const { return entries_; }  ///< by ascending id
  const Trie& trie() const { return trie_; }

 private:
  std::string bytes_;
  std::vector<Entry> entries_;
  Trie trie_;
  int32_t empty_id_ = -1;
};

}  // namespace lathe::text
