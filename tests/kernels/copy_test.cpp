#include "kernels/cpu/copy/copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/kernels/kernel_testing.h"

namespace lathe::testing {
namespace {

using lathe::cpu::CopyArgs;

/// Elements of some bytes, dense in x in the order `order` of dimensions, dense in y in their own.
struct Turned {
  std::vector<int64_t> size;
  std::vector<int> order;
};

CopyArgs args_of(const Turned& turned, int64_t element, const std::vector<uint8_t>& x, std::vector<uint8_t>& y) {
  const size_t rank = turned.size.size();
  std::vector<int64_t> x_step(rank), y_step(rank);
  int64_t next = element;
  for (size_t d = rank; d-- > 0; next *= turned.size[d]) y_step[d] = next;
  next = element;
  for (size_t d = rank; d-- > 0;) {
    const auto at = static_cast<size_t>(turned.order[d]);
    x_step[at] = next;
    next *= turned.size[at];
  }
  CopyArgs args;
  args.x = x.data();
  args.y = y.data();
  args.element = element;
  for (size_t d = 0; d < rank; ++d) args.add(turned.size[d], x_step[d], y_step[d]);
  return args;
}

/// The same element by element.
void copy_plainly(const CopyArgs& args, int d, const uint8_t* x, uint8_t* y) {
  if (d == args.rank) {
    std::memcpy(y, x, static_cast<size_t>(args.element));
    return;
  }
  for (int64_t i = 0; i < args.size[d]; ++i) copy_plainly(args, d + 1, x + i * args.x_step[d], y + i * args.y_step[d]);
}

std::vector<uint8_t> bytes(int64_t count) {
  std::vector<uint8_t> made(static_cast<size_t>(count));
  std::mt19937 random(7);
  for (uint8_t& b : made) b = static_cast<uint8_t>(random());
  return made;
}

TEST(KernelCopy, OrdersOfDimensions) {
  const std::vector<std::vector<int64_t>> sizes = {{1, 1, 1},   {5, 1, 3},   {3, 17, 2}, {33, 65, 1},
                                                   {16, 16, 4}, {67, 7, 66}, {2, 4, 8},  {129, 3, 64}};
  for (const auto& kernel : runnable(lathe::cpu::copy_kernels()))
    for (int64_t element : {1, 2, 4, 8})
      for (const auto& size : sizes) {
        Turned turned{size, {0, 1, 2}};
        do {
          SCOPED_TRACE(std::string(kernel.name) + " of " + std::to_string(element) + " bytes, sizes " +
                       std::to_string(size[0]) + " " + std::to_string(size[1]) + " " + std::to_string(size[2]));
          const int64_t count = element * size[0] * size[1] * size[2];
          const std::vector<uint8_t> x = bytes(count);
          std::vector<uint8_t> expected(x.size()), y(x.size());
          copy_plainly(args_of(turned, element, x, expected), 0, x.data(), expected.data());
          for (int threads : {1, 3}) {
            std::fill(y.begin(), y.end(), uint8_t{0});
            const CopyArgs args = args_of(turned, element, x, y);
            run_team(threads, [&](Team& team) { kernel.run(args, team); });
            ASSERT_EQ(y, expected) << threads;
          }
        } while (std::next_permutation(turned.order.begin(), turned.order.end()));
      }
}

/// Every second and repeated elements, and from the end to the start.
TEST(KernelCopy, AnySteps) {
  const std::vector<uint8_t> x = bytes(1 << 12);
  for (const auto& kernel : runnable(lathe::cpu::copy_kernels()))
    for (int64_t element : {1, 2, 4, 8})
      for (int64_t outer : {int64_t{0}, int64_t{64}, int64_t{-64}})
        for (int64_t inner : {int64_t{0}, element, 2 * element, -element, -3 * element}) {
          SCOPED_TRACE(std::string(kernel.name) + " by " + std::to_string(outer) + " and " + std::to_string(inner));
          std::vector<uint8_t> y(static_cast<size_t>(7 * 40 * element)), expected(y.size());
          CopyArgs args;
          args.x = x.data() + (1 << 11);
          args.element = element;
          args.add(7, outer, 40 * element);
          args.add(40, inner, element);
          copy_plainly(args, 0, x.data() + (1 << 11), expected.data());
          args.y = y.data();
          run_team(2, [&](Team& team) { kernel.run(args, team); });
          ASSERT_EQ(y, expected);
        }
}

}  // namespace
}  // namespace lathe::testing
