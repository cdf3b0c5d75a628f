#include "base/pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "lathe/error.h"

namespace lathe {
namespace {

bool all_zero(const std::byte* data, size_t size) {
  return std::all_of(data, data + size, [](std::byte b) { return b == std::byte{}; });
}

TEST(BasePages, AreZeroAndOnABoundary) {
  for (size_t bytes : {size_t{1}, size_t{4096}, Pages::kHugePage - 1, Pages::kHugePage, 3 * Pages::kHugePage + 5}) {
    const Pages pages(bytes);
    ASSERT_GE(pages.size(), bytes);
    EXPECT_TRUE(all_zero(pages.data(), pages.size()));
    const size_t boundary = bytes >= Pages::kHugePage ? Pages::kHugePage : 4096;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pages.data()) % boundary, 0u);
    std::memset(pages.data(), 1, pages.size());
  }
  EXPECT_EQ(Pages(0).data(), nullptr);
}

TEST(BasePages, OnlyGrow) {
  Pages pages;
  pages.reserve(100);
  const std::byte* first = pages.data();
  pages.reserve(50);
  EXPECT_EQ(pages.data(), first);
  pages.reserve(3 * Pages::kHugePage);
  EXPECT_GE(pages.size(), 3 * Pages::kHugePage);
  Pages moved = std::move(pages);
  EXPECT_GE(moved.size(), 3 * Pages::kHugePage);
}

TEST(BasePages, TooManyAreRefused) {
  for (size_t bytes : {size_t{1} << 47, SIZE_MAX}) try {
      Pages pages(bytes);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
      EXPECT_EQ(std::string_view(error.what()).substr(0, 8), "memory: ") << error.what();
    }
}

TEST(BasePages, BlobsLieApartAndOutliveTheirRegion) {
  std::vector<Blob> blobs;
  {
    BlobRegion region;
    for (size_t i = 0; i < 300; ++i) {
      std::byte* writable = nullptr;
      const size_t size = i * 97 % 40 * 1000 + i;  // 0 as well; more than one region in all
      blobs.push_back(region.zeros(size, &writable));
      ASSERT_EQ(blobs.back().size, size);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(writable) % 64, 0u);
      EXPECT_TRUE(all_zero(writable, size));
      if (size > 0) std::memset(writable, static_cast<int>(i % 251), size);
    }
    const char text[] = "copied";
    blobs.push_back(region.copy_of({reinterpret_cast<const std::byte*>(text), sizeof text}));
  }
  EXPECT_STREQ(reinterpret_cast<const char*>(blobs.back().data), "copied");
  for (size_t i = 0; i < 300; ++i)
    EXPECT_TRUE(std::all_of(blobs[i].data, blobs[i].data + blobs[i].size, [&](std::byte b) {
      return b == static_cast<std::byte>(i % 251);
    })) << i;
}

}  // namespace
}  // namespace lathe
