#include "plan/arena.h"

#include <algorithm>

namespace lathe::plan {

size_t place_buffers(std::vector<Lifetime>& buffers, std::vector<uint32_t>& order) {
  order.clear();
  for (size_t i = 0; i < buffers.size(); ++i) {
    buffers[i].bytes = (buffers[i].bytes + 63) / 64 * 64;
    order.push_back(static_cast<uint32_t>(i));
  }
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return buffers[a].bytes != buffers[b].bytes ? buffers[a].bytes > buffers[b].bytes : a < b;
  });
  size_t total = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    Lifetime& buffer = buffers[order[i]];
    // The lowest offset that clears every placed buffer living at the same time: move up until nothing collides.
    size_t offset = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t j = 0; j < i; ++j) {
        const Lifetime& other = buffers[order[j]];
        if (other.last < buffer.first || buffer.last < other.first) continue;
        if (offset < other.offset + other.bytes && other.offset < offset + buffer.bytes) {
          offset = other.offset + other.bytes;
          moved = true;
        }
      }
    }
    buffer.offset = offset;
    total = std::max(total, offset + buffer.bytes);
  }
  return total;
}

}  // namespace lathe::plan
