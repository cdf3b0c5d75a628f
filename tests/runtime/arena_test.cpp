#include "runtime/arena.h"

#include <gtest/gtest.h>

#include <random>

namespace lathe::runtime {
namespace {

size_t place(std::vector<Lifetime>& buffers) {
  std::vector<uint32_t> order;
  return place_buffers(buffers, order);
}

TEST(Arena, BuffersOfDifferentTimesShareAPlace) {
  std::vector<Lifetime> buffers = {{100, 0, 1, 0}, {64, 1, 2, 0}, {128, 2, 3, 0}, {0, 0, 3, 0}};
  EXPECT_EQ(place(buffers), 192u);
  EXPECT_EQ(buffers[2].offset, 0u);
  EXPECT_EQ(buffers[0].offset, 0u);
  EXPECT_EQ(buffers[1].offset, 128u);
}

TEST(Arena, TheLowestGapThatFits) {
  // The two large ones leave a gap of 64 between them while the third lives.
  std::vector<Lifetime> buffers = {{640, 0, 0, 0}, {576, 0, 2, 0}, {512, 1, 2, 0}, {64, 1, 1, 0}};
  EXPECT_EQ(place(buffers), 1216u);
  EXPECT_EQ(buffers[1].offset, 640u);
  EXPECT_EQ(buffers[2].offset, 0u);
  EXPECT_EQ(buffers[3].offset, 512u);
}

TEST(Arena, RandomBuffersNeverOverlap) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> buffers(1 + random() % 40);
    size_t most = 0;
    for (Lifetime& buffer : buffers) {
      buffer.bytes = random() % 1000;
      buffer.first = static_cast<int>(random() % 20);
      buffer.last = buffer.first + static_cast<int>(random() % 6);
    }
    const size_t total = place(buffers);
    for (const Lifetime& a : buffers) {
      EXPECT_EQ(a.offset % 64, 0u);
      EXPECT_LE(a.offset + a.bytes, total);
      most = std::max(most, a.offset + a.bytes);
      for (const Lifetime& b : buffers) {
        const bool apart = a.last < b.first || b.last < a.first || a.offset + a.bytes <= b.offset ||
                           b.offset + b.bytes <= a.offset || a.bytes == 0 || b.bytes == 0;
        EXPECT_TRUE(&a == &b || apart);
      }
    }
    EXPECT_EQ(total, most);
  }
}

}  // namespace
}  // namespace lathe::runtime
