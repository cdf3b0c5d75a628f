#include "lathe/format.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace lathe {
namespace {

/// The formula of the header.
int64_t offset_of(const Format& format, const Shape& strides, const Shape& at) {
  int64_t offset = 0;
  for (int d = 0; d < at.rank(); ++d)
    offset += d == format.axis ? at[d] / format.block * strides[d] + at[d] % format.block : at[d] * strides[d];
  return offset;
}

/// Places in the order of memory, counted one by one: the dimensions as they lie, blocks of `axis`, then a block.
/// Calls visit(coordinates, offset) for each; coordinates beyond the sizes are what fills a block up.
template <class Visit>
void walk(const Format& format, const Shape& shape, Visit&& visit) {
  const int rank = shape.rank();
  Shape order = format.order;
  for (int d = 0; d < rank && format.order.rank() == 0; ++d) order.push_back(d);
  int64_t next = 0;
  const auto go = [&](const auto& self, int k, Shape at) -> void {
    if (k == rank) {
      for (int64_t i = 0; i < format.block; ++i) {
        visit(at, next++);
        if (rank > 0) ++at[format.axis];
      }
      return;
    }
    const auto d = static_cast<int>(order[k]);
    const int64_t step = d == format.axis ? format.block : 1;
    for (at[d] = 0; at[d] < shape[d]; at[d] += step) self(self, k + 1, at);
  };
  go(go, 0, shape);
}

std::vector<Format> formats_of(int rank, std::mt19937& random) {
  std::vector<Format> formats{{}};
  for (int round = 0; round < 12; ++round) {
    std::vector<int> order(static_cast<size_t>(rank));
    for (int d = 0; d < rank; ++d) order[static_cast<size_t>(d)] = d;
    if (round % 3 != 0) std::shuffle(order.begin(), order.end(), random);
    Shape dims;
    for (int d : order) dims.push_back(d);
    Format format = in_order(dims);
    if (round % 2 != 0 && rank > 0) {
      format.axis = static_cast<int>(random() % static_cast<unsigned>(rank));
      format.block = std::vector<int64_t>{2, 3, 4, 8, 32}[random() % 5];
    }
    formats.push_back(format);
  }
  return formats;
}

TEST(BaseFormat, OffsetsAreThoseOfAWalkThroughMemory) {
  std::mt19937 random(1);
  int padded = 0;
  for (int round = 0; round < 100; ++round) {
    Shape shape;
    const int rank = round % 6;
    for (int d = 0; d < rank; ++d)
      shape.push_back(std::vector<int64_t>{1, 2, 3, 5, 7, 0}[random() % (round % 7 ? 5 : 6)]);
    for (const Format& format : formats_of(rank, random)) {
      SCOPED_TRACE(to_string(shape) + " " + to_string(format));
      ASSERT_TRUE(format.fits(rank));
      const Shape strides = format.strides(shape);
      int64_t places = 0, elements = 0;
      walk(format, shape, [&](const Shape& at, int64_t offset) {
        ++places;
        bool inside = true;
        for (int d = 0; d < rank; ++d) inside = inside && at[d] < shape[d];
        padded += !inside;
        elements += inside;
        if (!inside) return;
        ASSERT_EQ(offset_of(format, strides, at), offset) << to_string(at);
      });
      EXPECT_EQ(format.elements(shape), places);
      EXPECT_EQ(shape.count(), elements);
    }
  }
  EXPECT_GT(padded, 1000);
}

TEST(BaseFormat, KnownNames) {
  const Shape shape{2, 5, 3, 4};  // n, c, h, w
  const Format chw32{{}, 1, 32}, hwc8{{0, 2, 3, 1}, 1, 8}, last{{0, 2, 3, 1}};
  EXPECT_EQ(chw32.strides(shape), (Shape{1 * 3 * 4 * 32, 3 * 4 * 32, 4 * 32, 32}));
  EXPECT_EQ(hwc8.strides(shape), (Shape{3 * 4 * 1 * 8, 8, 4 * 1 * 8, 8}));
  EXPECT_EQ(last.strides(shape), (Shape{60, 1, 20, 5}));
  EXPECT_EQ(chw32.elements(shape), 2 * 32 * 3 * 4);
  EXPECT_EQ(last.elements(shape), 120);
  EXPECT_EQ(to_string(chw32), "dimension 1 by 32");
  EXPECT_EQ(to_string(hwc8), "order 0,2,3,1, dimension 1 by 8");
  EXPECT_EQ(to_string(Format{}), "row-major");
  EXPECT_TRUE(last.may_vary(0));
  EXPECT_FALSE(last.may_vary(1));
  EXPECT_FALSE((Format{{}, 0, 4}.may_vary(0))) << "what fills up the last block moves";
}

TEST(BaseFormat, SpellingsThatFitNothing) {
  const Format bad[] = {{{0, 1, 2}},  {{1, 0}},          {{0, 0, 1}},        {{2, 1, 3}},
                        {{2, 1, -1}}, {{}, 0, 0},        {{}, 0, -4},        {{}, 0, 1025},
                        {{}, 3, 4},   {{}, -1, 4},       {{}, 0, INT64_MIN}, {{}, 0, INT64_MAX},
                        {{}, 1, 1},   {{0, 1, 2}, 0, 4}, {{2, 1, 0}, 5, 2},  {{INT64_MAX, 0, 1}}};
  for (const Format& format : bad) EXPECT_FALSE(format.fits(3)) << to_string(format);
  EXPECT_FALSE((Format{{}, 0, 4}.fits(0)));
  EXPECT_TRUE(Format{}.fits(0));
}

TEST(BaseFormat, SizesSaturate) {
  const Format format{{2, 1, 0}, 1, 32};
  const Shape huge{int64_t{1} << 40, INT64_MAX, int64_t{1} << 40};
  EXPECT_EQ(format.elements(huge), INT64_MAX);
  EXPECT_EQ(format.strides(huge)[2], INT64_MAX);
  EXPECT_EQ(format.elements({0, INT64_MAX, 3}), 0);
}

}  // namespace
}  // namespace lathe
