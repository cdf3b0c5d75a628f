#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lathe::runtime {

/// A buffer that is in use from step `first` to step `last`, both included.
struct Lifetime {
  size_t bytes = 0;
  int first = 0, last = 0;
  size_t offset = 0;  ///< out: where it lies in the arena, a multiple of 64
};

/// Gives each buffer an offset so that no two which live at once overlap; returns the arena's size. Larger buffers are
/// placed first, each into the lowest gap that fits (greedy by size, as Pisarchyk and Lee 2020, arXiv:2001.03288).
/// The sum of all bytes must fit into 63 bits. `order` is scratch of the caller: with capacity for two indices a
/// buffer, nothing is allocated.
size_t place_buffers(std::vector<Lifetime>& buffers, std::vector<uint32_t>& order);

}  // namespace lathe::runtime
