#include "runtime/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace lathe::runtime {
namespace {

struct Buffer {
  size_t bytes = 0;
  int first = 0, last = 0;
  size_t offset = 0;
};

size_t place(const ArenaLayout& layout, std::vector<Buffer>& buffers) {
  std::vector<size_t> bytes, offsets(buffers.size());
  for (const Buffer& buffer : buffers) bytes.push_back(buffer.bytes);
  const size_t total = layout.place(bytes, offsets);
  for (size_t i = 0; i < buffers.size(); ++i) buffers[i].offset = offsets[i];
  return total;
}

ArenaLayout arrange(const std::vector<Buffer>& buffers) {
  std::vector<Lifetime> lifetimes;
  std::vector<size_t> bytes;
  for (const Buffer& buffer : buffers) {
    lifetimes.push_back({buffer.first, buffer.last});
    bytes.push_back(buffer.bytes);
  }
  ArenaLayout layout;
  layout.arrange(lifetimes, bytes);
  return layout;
}

void expect_apart(const std::vector<Buffer>& buffers, size_t total) {
  size_t most = 0;
  for (const Buffer& a : buffers) {
    EXPECT_EQ(a.offset % 64, 0u);
    most = std::max(most, (a.offset + a.bytes + 63) / 64 * 64);
    for (const Buffer& b : buffers) {
      const bool apart = a.last < b.first || b.last < a.first || a.offset + a.bytes <= b.offset ||
                         b.offset + b.bytes <= a.offset || a.bytes == 0 || b.bytes == 0;
      EXPECT_TRUE(&a == &b || apart);
    }
  }
  EXPECT_EQ(total, most);
}

TEST(Arena, BuffersOfDifferentTimesShareAPlace) {
  std::vector<Buffer> buffers = {{100, 0, 1, 0}, {64, 1, 2, 0}, {128, 2, 3, 0}, {0, 0, 3, 0}};
  EXPECT_EQ(place(arrange(buffers), buffers), 192u);
  EXPECT_EQ(buffers[2].offset, 0u);
  EXPECT_EQ(buffers[0].offset, 0u);
  EXPECT_EQ(buffers[1].offset, 128u);
}

TEST(Arena, TheLowestGapThatFits) {
  // The two large ones leave a gap of 128 between them while the third lives, which fills it.
  std::vector<Buffer> buffers = {{640, 0, 0, 0}, {576, 0, 2, 0}, {512, 1, 2, 0}, {128, 1, 1, 0}};
  EXPECT_EQ(place(arrange(buffers), buffers), 1216u);
  EXPECT_EQ(buffers[1].offset, 640u);
  EXPECT_EQ(buffers[2].offset, 0u);
  EXPECT_EQ(buffers[3].offset, 512u);
}

std::vector<Buffer> random_buffers(std::mt19937& random, size_t count, int steps, int longest) {
  std::vector<Buffer> buffers(count);
  for (Buffer& buffer : buffers) {
    buffer.bytes = random() % 1000;
    buffer.first = static_cast<int>(random() % static_cast<unsigned>(steps));
    buffer.last = buffer.first + static_cast<int>(random() % static_cast<unsigned>(longest));
  }
  return buffers;
}

TEST(Arena, AnOrderHoldsForAnySizes) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Buffer> buffers = random_buffers(random, 1 + random() % 40, 20, 6);
    const ArenaLayout layout = arrange(buffers);
    for (int sizes = 0; sizes < 5; ++sizes) {
      const size_t total = place(layout, buffers);
      expect_apart(buffers, total);
      for (Buffer& buffer : buffers) buffer.bytes = random() % 3 == 0 ? 0 : random() % 5000;
    }
  }
}

TEST(Arena, SizesThatGrowTogetherKeepTheirShare) {
  std::mt19937 random(4);
  std::vector<Buffer> buffers = random_buffers(random, 100, 60, 5);
  for (Buffer& buffer : buffers) buffer.bytes *= 64;
  const ArenaLayout layout = arrange(buffers);
  const size_t typical = place(layout, buffers);
  for (Buffer& buffer : buffers) buffer.bytes *= 7;
  EXPECT_EQ(place(layout, buffers), 7 * typical);
}

TEST(Arena, LargestSizesSaturate) {
  std::vector<Buffer> buffers;
  for (int i = 0; i < 100; ++i) buffers.push_back({SIZE_MAX, 0, 1, 0});
  EXPECT_EQ(place(arrange(buffers), buffers), size_t{1} << 62);
}

/// What is in use all the time has a place of its own where pairs are too many to look at; the rest shares.
TEST(Arena, ManyBuffersAtOnce) {
  std::vector<Buffer> buffers;
  for (int i = 0; i < 20000; ++i) buffers.push_back({64, i, i + 1, 0});
  for (int i = 0; i < 20000; ++i) buffers.push_back({64, 0, 20001, 0});
  const auto start = std::chrono::steady_clock::now();
  const ArenaLayout layout = arrange(buffers);
  EXPECT_LE(place(layout, buffers), 64u * 20100);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  // All are of one size: those at one offset follow each other in time.
  std::sort(buffers.begin(), buffers.end(), [](const Buffer& a, const Buffer& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.first < b.first;
  });
  size_t shared = 0, overlaps = 0;
  for (size_t i = 1; i < buffers.size(); ++i) {
    if (buffers[i].offset != buffers[i - 1].offset) continue;
    ++shared;
    overlaps += buffers[i].first <= buffers[i - 1].last;
  }
  EXPECT_EQ(overlaps, 0u);
  EXPECT_GT(shared, 19000u);
}

}  // namespace
}  // namespace lathe::runtime
