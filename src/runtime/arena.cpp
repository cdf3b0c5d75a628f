#include "runtime/arena.h"

#include <algorithm>

namespace lathe::runtime {

size_t place_buffers(std::vector<Lifetime>& buffers, std::vector<uint32_t>& order) {
  const auto count = static_cast<ptrdiff_t>(buffers.size());
  order.clear();
  for (size_t i = 0; i < buffers.size(); ++i) {
    buffers[i].bytes = (buffers[i].bytes + 63) / 64 * 64;
    order.push_back(static_cast<uint32_t>(i));
  }
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return buffers[a].bytes != buffers[b].bytes ? buffers[a].bytes > buffers[b].bytes : a < b;
  });
  // Behind the order of placing: those that are placed, by rising offset.
  size_t total = 0;
  for (ptrdiff_t i = 0; i < count; ++i) {
    const uint32_t index = order[static_cast<size_t>(i)];
    Lifetime& buffer = buffers[index];
    size_t offset = 0;
    for (auto placed = order.begin() + count; placed != order.end(); ++placed) {
      const Lifetime& other = buffers[*placed];
      if (other.last < buffer.first || buffer.last < other.first) continue;
      if (other.offset >= offset + buffer.bytes) break;
      offset = std::max(offset, other.offset + other.bytes);
    }
    buffer.offset = offset;
    total = std::max(total, offset + buffer.bytes);
    order.insert(std::upper_bound(order.begin() + count, order.end(), offset,
                                  [&](size_t at, uint32_t other) { return at < buffers[other].offset; }),
                 index);
  }
  return total;
}

}  // namespace lathe::runtime
