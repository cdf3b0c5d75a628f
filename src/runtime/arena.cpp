#include "runtime/arena.h"

#include <algorithm>
#include <numeric>

namespace lathe::runtime {
namespace {

constexpr size_t kMost = size_t{1} << 62;
/// Pairs that arrange() looks at: those of 10,000 values of which 800 are in use at a time.
constexpr size_t kMostPairs = size_t{4} << 20;
constexpr size_t kUnplaced = SIZE_MAX;

size_t aligned(size_t bytes) { return (std::min(bytes, kMost) + 63) / 64 * 64; }

}  // namespace

/// For each buffer, how many others of those that share their place are in use beside it; returns the number of pairs.
size_t ArenaLayout::count_beside(std::span<const Lifetime> buffers) {
  firsts_.clear();
  lasts_.clear();
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (is_apart_[i]) continue;
    firsts_.push_back(buffers[i].first);
    lasts_.push_back(buffers[i].last);
  }
  std::sort(firsts_.begin(), firsts_.end());
  std::sort(lasts_.begin(), lasts_.end());
  beside_.assign(buffers.size(), 0);
  size_t sum = 0;
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (is_apart_[i]) continue;
    const auto begun = std::upper_bound(firsts_.begin(), firsts_.end(), buffers[i].last) - firsts_.begin();
    const auto ended = std::lower_bound(lasts_.begin(), lasts_.end(), buffers[i].first) - lasts_.begin();
    beside_[i] = static_cast<size_t>(begun - ended - 1);
    sum += beside_[i];
  }
  return sum / 2;
}

/// Those with the most others beside them, until few enough pairs are left.
void ArenaLayout::set_apart(std::span<const Lifetime> buffers) {
  apart_.clear();
  is_apart_.assign(buffers.size(), false);
  while (count_beside(buffers) > kMostPairs) {
    const size_t most = *std::max_element(beside_.begin(), beside_.end());
    for (Index i = 0; i < buffers.size(); ++i) {
      if (is_apart_[i] || beside_[i] < most - most / 4) continue;
      apart_.push_back(i);
      is_apart_[i] = true;
    }
  }
}

/// For each buffer that shares its place, the others of these that are in use beside it.
void ArenaLayout::find_neighbours(std::span<const Lifetime> buffers) {
  by_first_.clear();
  for (Index i = 0; i < buffers.size(); ++i)
    if (!is_apart_[i]) by_first_.push_back(i);
  std::sort(by_first_.begin(), by_first_.end(), [&](Index a, Index b) {
    return buffers[a].first != buffers[b].first ? buffers[a].first < buffers[b].first : a < b;
  });
  const auto for_each_pair = [&](auto visit) {
    live_.clear();
    for (Index buffer : by_first_) {
      std::erase_if(live_, [&](Index other) { return buffers[other].last < buffers[buffer].first; });
      for (Index other : live_) visit(buffer, other);
      live_.push_back(buffer);
    }
  };
  neighbours_.ends.assign(buffers.size(), 0);
  for_each_pair([&](Index a, Index b) {
    ++neighbours_.ends[a];
    ++neighbours_.ends[b];
  });
  std::partial_sum(neighbours_.ends.begin(), neighbours_.ends.end(), neighbours_.ends.begin());
  neighbours_.items.resize(neighbours_.ends.empty() ? 0 : neighbours_.ends.back());
  // Filled from the back: each end moves to its begin and is put right afterwards.
  for_each_pair([&](Index a, Index b) {
    neighbours_.items[--neighbours_.ends[a]] = b;
    neighbours_.items[--neighbours_.ends[b]] = a;
  });
  for (size_t i = 0; i < buffers.size(); ++i)
    neighbours_.ends[i] = i + 1 < buffers.size() ? neighbours_.ends[i + 1] : neighbours_.items.size();
}

/// Offsets, for the sizes of arrange(), of those that share their place.
void ArenaLayout::fill_gaps(std::span<const size_t> bytes) {
  offsets_.assign(bytes.size(), kUnplaced);
  std::sort(by_first_.begin(), by_first_.end(), [&](Index a, Index b) {
    return aligned(bytes[a]) != aligned(bytes[b]) ? aligned(bytes[a]) > aligned(bytes[b]) : a < b;
  });
  for (Index buffer : by_first_) {
    placed_.clear();
    for (Index other : neighbours_.of(buffer))
      if (offsets_[other] != kUnplaced) placed_.push_back(other);
    std::sort(placed_.begin(), placed_.end(), [&](Index a, Index b) { return offsets_[a] < offsets_[b]; });
    size_t offset = 0;
    for (Index other : placed_) {
      if (offsets_[other] >= offset + aligned(bytes[buffer])) break;
      offset = std::min(kMost, std::max(offset, offsets_[other] + aligned(bytes[other])));
    }
    offsets_[buffer] = offset;
  }
}

void ArenaLayout::arrange(std::span<const Lifetime> buffers, std::span<const size_t> bytes) {
  set_apart(buffers);
  find_neighbours(buffers);
  fill_gaps(bytes);
  std::sort(by_first_.begin(), by_first_.end(), [&](Index a, Index b) {
    if (offsets_[a] != offsets_[b]) return offsets_[a] < offsets_[b];
    // Of two at one place, the one of no bytes is below.
    return bytes[a] != bytes[b] ? bytes[a] < bytes[b] : a < b;
  });
  order_ = apart_;
  order_.insert(order_.end(), by_first_.begin(), by_first_.end());
  rank_.resize(buffers.size());
  for (size_t i = 0; i < order_.size(); ++i) rank_[order_[i]] = i;
  below_.ends.assign(buffers.size(), 0);
  below_.items.clear();
  for (Index buffer = 0; buffer < buffers.size(); ++buffer) {
    // Those apart lie one on the other, and all others on the last of them.
    if (const size_t apart = is_apart_[buffer] ? rank_[buffer] : apart_.size(); apart > 0)
      below_.items.push_back(apart_[apart - 1]);
    for (Index other : neighbours_.of(buffer))
      if (rank_[other] < rank_[buffer]) below_.items.push_back(other);
    below_.ends[buffer] = below_.items.size();
  }
}

size_t ArenaLayout::place(std::span<const size_t> bytes, std::span<size_t> offsets) const noexcept {
  size_t total = 0;
  for (Index buffer : order_) {
    size_t offset = 0;
    for (Index other : below_.of(buffer)) offset = std::max(offset, offsets[other] + aligned(bytes[other]));
    offsets[buffer] = std::min(offset, kMost);
    total = std::max(total, std::min(kMost, offsets[buffer] + aligned(bytes[buffer])));
  }
  return total;
}

}  // namespace lathe::runtime
