#pragma once
// Windows at places of x, for the instruction set that the including source is compiled for.
#include "base/thread_pool.h"
#include "kernels/cpu/simd.h"
#include "kernels/cpu/windows.h"

namespace lathe::cpu {
namespace {

/// Of one dimension: elements [begin, end) of a window lie in x, the first of the window at `start`.
struct Span {
  int64_t start, begin, end;
};
LATHE_SIMD int64_t between(int64_t v, int64_t low, int64_t high) { return v < low ? low : v < high ? v : high; }
LATHE_SIMD Span span_of(const Windows& windows, int d, int64_t p) {
  const int64_t start = p * windows.stride[d] - windows.before[d], step = windows.dilation[d], k = windows.k[d];
  int64_t before = -start, room = windows.x[d] - start;
  if (step != 1) {  // a division costs as much as the rest of a small window
    before = before > 0 ? (before + step - 1) / step : 0;
    room = room > 0 ? (room + step - 1) / step : 0;
  }
  const int64_t begin = between(before, 0, k);
  return {start, begin, between(room, begin, k)};
}

LATHE_SIMD void copy_run(float* out, const float* x, int64_t count) {
  simd::for_row(
      count, [=](int64_t c, auto lanes)
                 __attribute__((always_inline)) { simd::store(out + c, simd::load(x + c, lanes), lanes); });
}
template <class X>
LATHE_SIMD void copy_run(X* out, const X* x, int64_t count) {
  __builtin_memcpy(out, x, static_cast<size_t>(count) * sizeof(X));
}
template <class X>
LATHE_SIMD void clear_run(X* out, int64_t count) {
  __builtin_memset(out, 0, static_cast<size_t>(count) * sizeof(X));
}

/// One row of a window along the last dimension, at `x` of its first element: [k2][channels], zeros beyond x.
template <class X>
LATHE_SIMD void copy_window_row(const Windows& windows, const X* x, const Span& span, X* out) {
  const int64_t channels = windows.channels, pixel = windows.pixel_stride;
  if (span.begin > 0) clear_run(out, span.begin * channels);
  if (windows.dilation[2] == 1 && channels == pixel) {
    copy_run(out + span.begin * channels, x + span.begin * channels, (span.end - span.begin) * channels);
  } else {
    for (int64_t j = span.begin; j < span.end; ++j)
      copy_run(out + j * channels, x + j * windows.dilation[2] * pixel, channels);
  }
  if (span.end < windows.k[2]) clear_run(out + span.end * channels, (windows.k[2] - span.end) * channels);
}

/// What the windows of one row of places have in common.
template <class X>
struct PlaceRow {
  const X* x;  ///< of the item
  Span s0, s1;
};

/// One window: [k0][k1][k2][channels], zeros beyond x.
template <class X>
LATHE_SIMD void copy_window(const Windows& windows, const PlaceRow<X>& row, const Span& s2, X* out) {
  const int64_t *size = windows.x, *k = windows.k, length = k[2] * windows.channels;
  for (int64_t j0 = 0; j0 < k[0]; ++j0) {
    const int64_t at0 = row.s0.start + j0 * windows.dilation[0];
    for (int64_t j1 = 0; j1 < k[1]; ++j1, out += length) {
      if (j0 < row.s0.begin || j0 >= row.s0.end || j1 < row.s1.begin || j1 >= row.s1.end) {
        clear_run(out, length);
        continue;
      }
      const int64_t line = (at0 * size[1] + row.s1.start + j1 * windows.dilation[1]) * size[2];
      copy_window_row(windows, row.x + (line + s2.start) * windows.pixel_stride, s2, out);
    }
  }
}

/// The windows at places [begin, end), counted through all items, each followed by zeros up to out_stride.
template <class X>
void copy_windows(const Windows& windows, const X* x, int64_t begin, int64_t end, X* out, int64_t out_stride) {
  const int64_t *y = windows.y, *size = windows.x, width = windows.taps() * windows.channels;
  for (int64_t place = begin; place < end;) {
    const int64_t index = place / y[2], first = place % y[2], item = index / (y[0] * y[1]);
    const int64_t stop = y[2] - first < end - place ? y[2] : first + end - place;
    const PlaceRow<X> row{x + item * size[0] * size[1] * size[2] * windows.pixel_stride,
                          span_of(windows, 0, index / y[1] % y[0]), span_of(windows, 1, index % y[1])};
    for (int64_t p = first; p < stop; ++p, out += out_stride) {
      copy_window(windows, row, span_of(windows, 2, p), out);
      clear_run(out + width, out_stride - width);
    }
    place += stop - first;
  }
}

/// The rows along the last dimension that the windows of one row of places share: `count0` by `count1` of them lie in
/// x, the first one's first element at `at`, which has the taps from `tap` on.
struct WindowRows {
  int64_t at, step0, step1;
  int64_t tap, tap_step0, tap_step1;
  int64_t count0, count1;
};
/// `row` counts (item, place along dimension 0, along 1).
LATHE_SIMD WindowRows rows_of_windows(const Windows& windows, int64_t row) {
  const int64_t *y = windows.y, *x = windows.x, *k = windows.k;
  const int64_t item = row / (y[0] * y[1]), line = windows.pixel_stride * x[2];
  const Span s0 = span_of(windows, 0, row / y[1] % y[0]), s1 = span_of(windows, 1, row % y[1]);
  const int64_t at0 = s0.start + s0.begin * windows.dilation[0], at1 = s1.start + s1.begin * windows.dilation[1];
  return {((item * x[0] + at0) * x[1] + at1) * line,
          windows.dilation[0] * x[1] * line,
          windows.dilation[1] * line,
          (s0.begin * k[1] + s1.begin) * k[2],
          k[1] * k[2],
          k[2],
          s0.end - s0.begin,
          s1.end - s1.begin};
}

/// Rows of places, and where these are few, parts of the channels of y, dealt out: f(row, first channel, end).
template <class F>
LATHE_SIMD void for_rows_of_places(const Windows& windows, int64_t items, int64_t channels, Team& team, F f) {
  constexpr int64_t kFewestChannels = 64, kItemsEach = 4;
  const int64_t rows = items * windows.y[0] * windows.y[1];
  const int64_t wanted =
      rows >= kItemsEach * team.size() || rows == 0 ? 1 : (kItemsEach * team.size() + rows - 1) / rows;
  const int64_t blocks = (channels + kFewestChannels - 1) / kFewestChannels, parts = wanted < blocks ? wanted : blocks;
  for (int64_t i; (i = team.claim(rows * parts)) >= 0;) {
    const int64_t begin = i % parts * blocks / parts * kFewestChannels;
    const int64_t end = (i % parts + 1) * blocks / parts * kFewestChannels;
    f(i / parts, begin, end < channels ? end : channels);
  }
}

}  // namespace
}  // namespace lathe::cpu
