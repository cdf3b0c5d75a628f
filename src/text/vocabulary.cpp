#include "text/vocabulary.h"

#include <algorithm>

#include "base/error.h"

namespace lathe::text {

Trie::Trie() : edges_(16), mask_(15), shift_(32 - 4) {}

void Trie::reserve(size_t nodes) {
  while (edges_.size() * 2 < nodes * 3) grow();
}

void Trie::grow() {
  std::vector<Edge> old(edges_.size() * 2);
  old.swap(edges_);
  mask_ = mask_ * 2 + 1;
  --shift_;
  for (const Edge& e : old) {
    if (e.node == kNone) continue;
    uint32_t slot = slot_of(e.key);
    while (edges_[slot].node != kNone) slot = (slot + 1) & mask_;
    edges_[slot] = e;
  }
}

bool Trie::insert(std::string_view key, int32_t id) {
  int32_t node = kRoot;
  Edge* edge = nullptr;
  for (const char c : key) {
    const uint32_t k = static_cast<uint32_t>(node) << 8 | static_cast<unsigned char>(c);
    uint32_t slot = slot_of(k);
    while (edges_[slot].node != kNone && edges_[slot].key != k) slot = (slot + 1) & mask_;
    if (edges_[slot].node == kNone) {
      if (nodes_ == 1 << 24)
        fail(ErrorCode::out_of_range, "vocabulary", "use a smaller one", "the tokens need more than {} trie nodes",
             1 << 24);
      if (static_cast<size_t>(nodes_) * 3 > edges_.size() * 2) {
        grow();
        slot = slot_of(k);
        while (edges_[slot].node != kNone) slot = (slot + 1) & mask_;
      }
      edges_[slot] = {k, nodes_++, kNone};
    }
    edge = &edges_[slot];
    node = edge->node;
  }
  if (edge->id != kNone) return false;
  edge->id = id;
  return true;
}

int32_t Trie::walk(std::string_view key) const {
  int32_t node = kRoot;
  for (const char c : key) {
    node = step(node, static_cast<unsigned char>(c)).node;
    if (node == kNone) break;
  }
  return node;
}

int32_t Trie::find(std::string_view key) const {
  Step s{kRoot, kNone};
  for (const char c : key) {
    s = step(s.node, static_cast<unsigned char>(c));
    if (s.node == kNone) return kNone;
  }
  return s.id;
}

bool Vocabulary::add(std::string_view token, int32_t id) {
  if (token.empty()) {
    if (empty_id_ >= 0) return false;
    empty_id_ = id;
  } else if (!trie_.insert(token, id)) {
    return false;
  }
  entries_.push_back({id, static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(token.size())});
  bytes_ += token;
  return true;
}

int32_t Vocabulary::finish() {
  const auto by_id = [](const Entry& a, const Entry& b) { return a.id < b.id; };
  if (!std::is_sorted(entries_.begin(), entries_.end(), by_id)) std::sort(entries_.begin(), entries_.end(), by_id);
  const auto same =
      std::adjacent_find(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.id == b.id; });
  return same == entries_.end() ? -1 : same->id;
}

std::string_view Vocabulary::token_of(int64_t id) const {
  if (id >= 0 && static_cast<uint64_t>(id) < entries_.size() && entries_[static_cast<size_t>(id)].id == id)
    return token(entries_[static_cast<size_t>(id)]);
  const auto it = std::partition_point(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id < id; });
  return it != entries_.end() && it->id == id ? token(*it) : std::string_view();
}

}  // namespace lathe::text
