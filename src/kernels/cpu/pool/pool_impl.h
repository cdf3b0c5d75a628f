#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/pool/pool.h"
#include "kernels/cpu/windows_impl.h"

namespace lathe::cpu {
namespace {

using namespace simd;

struct Largest {
  LATHE_SIMD f32v start() { return set1(-__builtin_inff()); }
  LATHE_SIMD f32v add(f32v a, f32v v) { return select(is_nan(a), a, max(a, v)); }
};
struct Total {
  LATHE_SIMD f32v start() { return zero(); }
  LATHE_SIMD f32v add(f32v a, f32v v) { return a + v; }
};

/// How many elements of the window at p along a dimension lie in x or its padding.
int64_t in_room(const Windows& windows, int d, int64_t p) {
  const int64_t room = windows.before[d] + windows.x[d] + windows.after[d] - p * windows.stride[d];
  const int64_t step = windows.dilation[d], inside = room <= 0 ? 0 : (room + step - 1) / step;
  return inside < windows.k[d] ? inside : windows.k[d];
}

/// The number that an average is divided by: more than an integer holds where the padding is large.
double count_of(const PoolArgs& args, int64_t row, int64_t p, const WindowRows& rows, const Span& span) {
  const Windows& windows = args.windows;
  if (!args.count_padding) return static_cast<double>(rows.count0 * rows.count1 * (span.end - span.begin));
  return static_cast<double>(in_room(windows, 0, row / windows.y[1] % windows.y[0])) *
         static_cast<double>(in_room(windows, 1, row % windows.y[1])) * static_cast<double>(in_room(windows, 2, p));
}

template <class Kind>
void pool_row(const PoolArgs& args, int64_t row, int64_t begin, int64_t end) {
  const Windows& windows = args.windows;
  const int64_t pixel = windows.pixel_stride, step = windows.dilation[2] * pixel;
  const WindowRows rows = rows_of_windows(windows, row);
  for (int64_t p = 0; p < windows.y[2]; ++p) {
    const Span span = span_of(windows, 2, p);
    const double count = count_of(args, row, p, rows, span);
    const float scale = args.op == PoolOp::max || count == 0 ? 1.0f : 1.0f / static_cast<float>(count);
    const float* x = args.x + rows.at + span.start * pixel + begin;
    float* y = args.y + (row * windows.y[2] + p) * args.y_stride + begin;
    for_row(
        end - begin, [&](int64_t c, auto lanes) __attribute__((always_inline)) {
          f32v result = Kind::start();
          for (int64_t j0 = 0; j0 < rows.count0; ++j0)
            for (int64_t j1 = 0; j1 < rows.count1; ++j1) {
              const float* line = x + j0 * rows.step0 + j1 * rows.step1 + c;
              for (int64_t j = span.begin; j < span.end; ++j) result = Kind::add(result, load(line + j * step, lanes));
            }
          store(y + c, result * set1(scale), lanes);
        });
  }
}

void pool(const PoolArgs& args, Team& team) {
  for_rows_of_places(
      args.windows, args.items, args.windows.channels, team, [&](int64_t row, int64_t begin, int64_t end) {
        args.op == PoolOp::max ? pool_row<Largest>(args, row, begin, end) : pool_row<Total>(args, row, begin, end);
      });
}

}  // namespace

#define LATHE_POOL(isa)                                                        \
  LATHE_ONLY_##isa(void pool_##isa(const PoolArgs& args, Team& team) noexcept; \
                   void pool_##isa(const PoolArgs& args, Team& team) noexcept { pool(args, team); })
#include "kernels/cpu/pool/kernels.inc"
#undef LATHE_POOL

}  // namespace lathe::cpu
