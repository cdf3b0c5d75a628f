#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
//
// A few neighbouring places at once, all their channels in turn: each row of x under the windows is a stream, an
// element of it is loaded once for all windows that have it, and a vector of channels of all taps of one row of the
// window stays in registers. Places whose windows reach beyond x at the sides are computed one by one.
#include "kernels/cpu/depthwise/depthwise.h"
#include "kernels/cpu/row_operands.h"
#include "kernels/cpu/windows_impl.h"

namespace lathe::cpu {
namespace {

/// A row of places and a range of channels: x and w of the first row of the windows, w at the first of its taps.
struct DepthwiseRow {
  const DepthwiseArgs* args;
  WindowRows rows;  ///< taps counted in elements of w
  const float *x, *w;
  int64_t first_place;  ///< of the row, counted through all items
  int64_t begin, end;   ///< channels
  float low, high;      ///< the activation as bounds
};

/// add(line, taps) for each row of the windows, where its first element and its taps lie.
template <class F>
LATHE_SIMD void for_rows_of_window(const WindowRows& rows, const float* x, const float* w, F add) {
  for (int64_t j0 = 0; j0 < rows.count0; ++j0, x += rows.step0, w += rows.tap_step0) {
    const float *line = x, *taps = w;
    for (int64_t j1 = 0; j1 < rows.count1; ++j1, line += rows.step1, taps += rows.tap_step1) add(line, taps);
  }
}

/// `count` places from p on, windows `k` wide and `stride` apart without gaps, all within x.
template <int k, int stride, int count>
void tile(const DepthwiseRow& row, int64_t p, float* y) {
  const DepthwiseArgs& args = *row.args;
  const int64_t pixel = args.windows.pixel_stride, channels = args.windows.channels, y_stride = args.y_stride;
  const float *x = row.x + (p * stride - args.windows.before[2]) * pixel + row.begin, *w = row.w + row.begin;
  const float* bias = args.bias != nullptr ? args.bias + row.begin : nullptr;
  const WindowRows rows = row.rows;  // a copy: stores of vectors may change what is not
  const f32v low = set1(row.low), high = set1(row.high);
  y += row.begin;
  for_row(
      row.end - row.begin, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
        f32v sums[count];
        const f32v start = bias != nullptr ? load(bias + c, lanes) : zero();
#pragma GCC unroll 8
        for (int t = 0; t < count; ++t) sums[t] = start;
        for_rows_of_window(
            rows, x + c, w + c, [&](const float* line, const float* taps) __attribute__((always_inline)) {
              f32v weights[k];
#pragma GCC unroll 8
              for (int j = 0; j < k; ++j) weights[j] = load(taps + j * channels, lanes);
#pragma GCC unroll 16
              for (int i = 0; i < (count - 1) * stride + k; ++i) {
                const f32v v = load(line + i * pixel, lanes);
#pragma GCC unroll 8
                for (int t = 0; t < count; ++t)
                  if (i >= t * stride && i < t * stride + k) sums[t] = fma(v, weights[i - t * stride], sums[t]);
              }
            });
#pragma GCC unroll 8
        for (int t = 0; t < count; ++t) store(y + t * y_stride + c, clip(sums[t], low, high), lanes);
      });
}

/// One place, any window.
void place(const DepthwiseRow& row, int64_t p, float* y) {
  const DepthwiseArgs& args = *row.args;
  const int64_t pixel = args.windows.pixel_stride, channels = args.windows.channels;
  const Span span = span_of(args.windows, 2, p);
  const int64_t count = span.end - span.begin, step = args.windows.dilation[2] * pixel;
  const float* x = row.x + span.start * pixel + span.begin * step + row.begin;
  const float* w = row.w + span.begin * channels + row.begin;
  const float* bias = args.bias != nullptr ? args.bias + row.begin : nullptr;
  const WindowRows rows = row.rows;
  const f32v low = set1(row.low), high = set1(row.high);
  y += row.begin;
  for_row(
      row.end - row.begin, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
        f32v sum = bias != nullptr ? load(bias + c, lanes) : zero();
        for_rows_of_window(
            rows, x + c, w + c, [&](const float* line, const float* taps) __attribute__((always_inline)) {
              for (int64_t j = 0; j < count; ++j, line += step, taps += channels)
                sum = fma(load(line, lanes), load(taps, lanes), sum);
            });
        store(y + c, clip(sum, low, high), lanes);
      });
}

/// `count` places from p on of groups of several channels or outputs: the windows of all have the same elements within
/// x. Vectors are of a group's outputs.
template <int count>
void grouped(const DepthwiseRow& row, int64_t p, float* y) {
  const DepthwiseArgs& args = *row.args;
  const Windows& windows = args.windows;
  const Span span = span_of(windows, 2, p);
  const int64_t group_channels = args.group_channels, group_outputs = args.group_outputs, y_stride = args.y_stride;
  const int64_t outputs = windows.channels / group_channels * group_outputs, elements = span.end - span.begin;
  const int64_t step = windows.dilation[2] * windows.pixel_stride, apart = windows.stride[2] * windows.pixel_stride;
  const float* x = row.x + span.start * windows.pixel_stride + span.begin * step;
  const float *w = row.w + span.begin * group_channels * outputs, *bias = args.bias;
  const WindowRows rows = row.rows;
  const f32v low = set1(row.low), high = set1(row.high);
  for (int64_t o = row.begin, lanes; o < row.end; o += lanes) {
    const int64_t group = o / group_outputs, stop = between((group + 1) * group_outputs, o, row.end);
    lanes = between(kWidth, 0, stop - o);
    const Mask mask = first(static_cast<int>(lanes));
    f32v sums[count];
    const f32v start = bias != nullptr ? load(bias + o, mask) : zero();
#pragma GCC unroll 8
    for (int t = 0; t < count; ++t) sums[t] = start;
    for_rows_of_window(
        rows, x + group * group_channels,
        w + o, [&](const float* line, const float* taps) __attribute__((always_inline)) {
          for (int64_t j = 0; j < elements; ++j, line += step)
            for (int64_t c = 0; c < group_channels; ++c, taps += outputs) {
              const f32v weights = load(taps, mask);
#pragma GCC unroll 8
              for (int t = 0; t < count; ++t) sums[t] = fma(set1(line[t * apart + c]), weights, sums[t]);
            }
        });
#pragma GCC unroll 8
    for (int t = 0; t < count; ++t) store(y + t * y_stride + o, clip(sums[t], low, high), mask);
  }
}

template <int k, int stride>
int64_t run_tile(const DepthwiseRow& row, int64_t p, int64_t inside, float* y) {
  if (inside >= 4) return tile<k, stride, 4>(row, p, y), 4;
  if (inside >= 2) return tile<k, stride, 2>(row, p, y), 2;
  return tile<k, stride, 1>(row, p, y), 1;
}

/// Places from p on, `inside` of which (0: not even p) have windows within x; how many were computed.
int64_t run_places(const DepthwiseRow& row, int64_t p, int64_t inside, float* y) {
  const Windows& windows = row.args->windows;
  const int64_t k = windows.k[2], stride = windows.stride[2];
  if (row.args->group_channels != 1 || row.args->group_outputs != 1) {
    if (inside >= 4) return grouped<4>(row, p, y), 4;
    return grouped<1>(row, p, y), 1;
  }
  if (inside > 0 && windows.dilation[2] == 1) {
    if (k == 3 && stride == 1) return run_tile<3, 1>(row, p, inside, y);
    if (k == 3 && stride == 2) return run_tile<3, 2>(row, p, inside, y);
    if (k == 5 && stride == 1) return run_tile<5, 1>(row, p, inside, y);
    if (k == 5 && stride == 2) return run_tile<5, 2>(row, p, inside, y);
  }
  place(row, p, y);
  return 1;
}

/// The activation as bounds, where it is one; whether it is.
bool as_bounds(const DepthwiseArgs& args, float& low, float& high) {
  low = -__builtin_inff();
  high = __builtin_inff();
  if (args.residual != nullptr) return false;
  if (args.activation == Activation::relu) low = 0;
  if (args.activation == Activation::clip) low = args.alpha, high = args.beta;
  return args.activation == Activation::none || args.activation == Activation::relu ||
         args.activation == Activation::clip;
}

/// The epilogue but for the bias, on what lies in y, for `count` places from the row's p on.
void finish(const DepthwiseRow& row, int64_t p, int64_t count, float* y) {
  const DepthwiseArgs& args = *row.args;
  for (int64_t t = 0; t < count; ++t) {
    const float* residual =
        args.residual == nullptr ? nullptr : args.residual + (row.first_place + p + t) * args.residual_stride;
    const RowOperands<float> operands{nullptr,
                                      args.residual_first ? residual : nullptr,
                                      args.residual_first ? nullptr : residual,
                                      {args.alpha, args.beta}};
    float* out = y + t * args.y_stride;
    with_activation(args.activation, [&]<Activation A>() {
      for_row(
          row.end - row.begin, [&](int64_t offset, auto lanes) __attribute__((always_inline)) {
            const int64_t c = row.begin + offset;
            RowOperands<float>::finish<A>(operands, load(out + c, lanes), out, c, lanes);
          });
    });
  }
}

void run_row(const DepthwiseArgs& args, int64_t index, int64_t begin, int64_t end) {
  const Windows& windows = args.windows;
  WindowRows rows = rows_of_windows(windows, index);
  // A tap has the weights of all outputs, for each channel of a group.
  const int64_t tap = windows.channels * args.group_outputs;
  rows.tap_step0 *= tap;
  rows.tap_step1 *= tap;
  DepthwiseRow row{&args, rows, args.x + rows.at, args.w + rows.tap * tap, index * windows.y[2], begin, end, 0, 0};
  const bool bounded = as_bounds(args, row.low, row.high);
  const int64_t stride = windows.stride[2], before = windows.before[2];
  // The last place whose window ends within x.
  const int64_t room = windows.x[2] + before - windows.dilation[2] * (windows.k[2] - 1) - 1;
  const int64_t last = room < 0 ? -1 : room / stride;
  for (int64_t p = 0, count; p < windows.y[2]; p += count) {
    float* y = args.y + (row.first_place + p) * args.y_stride;
    const int64_t left = (last < windows.y[2] - 1 ? last : windows.y[2] - 1) - p + 1;
    count = run_places(row, p, p * stride < before ? 0 : left, y);
    if (!bounded) finish(row, p, count, y);
  }
}

}  // namespace

#define LATHE_DEPTHWISE(isa)                                                                                       \
  LATHE_ONLY_##isa(void depthwise_##isa(const DepthwiseArgs& args, Team& team) noexcept; void depthwise_##isa(     \
                       const DepthwiseArgs& args, Team& team) noexcept {                                           \
    for_rows_of_places(args.windows, args.items, args.windows.channels / args.group_channels * args.group_outputs, \
                       team, [&](int64_t row, int64_t begin, int64_t end) { run_row(args, row, begin, end); });    \
  })
#include "kernels/cpu/depthwise/kernels.inc"
#undef LATHE_DEPTHWISE

}  // namespace lathe::cpu
