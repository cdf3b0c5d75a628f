#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lathe::runtime {

/// A buffer that is in use from step `first` to step `last`, both included.
struct Lifetime {
  int first = 0, last = 0;
};

/// How buffers share an arena, whatever their sizes are: which of them lie below which.
///
///   offset(b) = max over the buffers a below b of offset(a) + bytes(a), 0 where there are none
///
/// Of two that are in use at once, one is below the other: they never overlap. The order is found once, for some
/// sizes; then each set of sizes takes one walk over it.
class ArenaLayout {
 public:
  /// Larger buffers are placed first, each into the lowest gap that fits (greedy by size, as Pisarchyk and Lee 2020,
  /// arXiv:2001.03288). Time and memory grow as the number of pairs that are in use at once, up to a limit; beyond it
  /// those with the most others beside them share their place with none. Allocates nothing where it was called for as
  /// much before.
  void arrange(std::span<const Lifetime> buffers, std::span<const size_t> bytes);
  /// Offsets, multiples of 64, for these sizes; returns the arena's size: what ends last. Saturates at 2^62.
  size_t place(std::span<const size_t> bytes, std::span<size_t> offsets) const noexcept;

 private:
  using Index = uint32_t;
  /// A list of others for each buffer, end to end.
  struct Lists {
    std::vector<size_t> ends;
    std::vector<Index> items;
    std::span<const Index> of(Index buffer) const {
      const size_t begin = buffer == 0 ? 0 : ends[buffer - 1];
      return std::span(items).subspan(begin, ends[buffer] - begin);
    }
  };
  size_t count_beside(std::span<const Lifetime> buffers);
  void set_apart(std::span<const Lifetime> buffers);
  void find_neighbours(std::span<const Lifetime> buffers);
  void fill_gaps(std::span<const size_t> bytes);

  std::vector<Index> order_;  ///< by rising offset
  Lists below_;
  std::vector<Index> apart_;  ///< which share their place with none; below all others
  // Scratch of arrange().
  Lists neighbours_;
  std::vector<Index> by_first_, live_, placed_;
  std::vector<int> firsts_, lasts_;
  std::vector<size_t> beside_, offsets_, rank_;
  std::vector<bool> is_apart_;
};

}  // namespace lathe::runtime
