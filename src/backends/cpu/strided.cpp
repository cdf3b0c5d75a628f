#include "backends/cpu/strided.h"

#include <algorithm>

namespace lathe::backends::cpu {
namespace {

/// Part of the copy of two tensors: the bytes from their starts on, and the loops so far.
struct Copy {
  const lathe::cpu::CopyKernel& kernel;
  const TensorView &x, &y;
  Team& team;
};

bool is_blocked(const TensorView& view, int d) { return view.block > 1 && view.axis == d; }

/// Bytes to the place of index i along dimension d.
int64_t bytes_to(const TensorView& view, int d, int64_t i) {
  const auto size = static_cast<int64_t>(size_of(view.dtype));
  return size * (is_blocked(view, d) ? i / view.block * view.strides[d] + i % view.block : i * view.strides[d]);
}
/// Bytes between neighbours within a block.
int64_t step_within(const TensorView& view, int d) {
  return static_cast<int64_t>(size_of(view.dtype)) * (is_blocked(view, d) ? 1 : view.strides[d]);
}
int64_t bytes_between(const TensorView& view, int d, int64_t block) {
  return is_blocked(view, d) ? static_cast<int64_t>(size_of(view.dtype)) * view.strides[d]
                             : block * step_within(view, d);
}

void copy_from(const Copy& copy, int d, lathe::cpu::CopyArgs args);

/// `count` elements from index `first` on, all in one block.
void copy_within(const Copy& copy, int d, lathe::cpu::CopyArgs args, int64_t first, int64_t count) {
  args.x = static_cast<const std::byte*>(args.x) + bytes_to(copy.x, d, first);
  args.y = static_cast<std::byte*>(args.y) + bytes_to(copy.y, d, first);
  args.add(count, step_within(copy.x, d), step_within(copy.y, d));
  copy_from(copy, d + 1, args);
}

/// Whole blocks, then what is left; blocks of different sizes piece by piece.
void copy_blocks(const Copy& copy, int d, const lathe::cpu::CopyArgs& args) {
  const int64_t n = copy.y.shape[d], in_x = is_blocked(copy.x, d) ? copy.x.block : 0,
                in_y = is_blocked(copy.y, d) ? copy.y.block : 0, block = std::max(in_x, in_y);
  if (in_x > 0 && in_y > 0 && in_x != in_y) {
    for (int64_t i = 0, next = 0; i < n; i = next) {
      next = std::min({n, (i / in_x + 1) * in_x, (i / in_y + 1) * in_y});
      copy_within(copy, d, args, i, next - i);
    }
    return;
  }
  lathe::cpu::CopyArgs whole = args;
  whole.add(n / block, bytes_between(copy.x, d, block), bytes_between(copy.y, d, block));
  whole.add(block, step_within(copy.x, d), step_within(copy.y, d));
  copy_from(copy, d + 1, whole);
  if (n % block > 0) copy_within(copy, d, args, n / block * block, n % block);
}

void copy_from(const Copy& copy, int d, lathe::cpu::CopyArgs args) {
  for (; d < copy.y.shape.rank(); ++d) {
    if (is_blocked(copy.x, d) || is_blocked(copy.y, d)) return copy_blocks(copy, d, args);
    args.add(copy.y.shape[d], step_within(copy.x, d), step_within(copy.y, d));
  }
  copy.kernel.run(args, copy.team);
}

lathe::cpu::CopyArgs from(const void* x, const TensorView& y) {
  lathe::cpu::CopyArgs args;
  args.x = x;
  args.y = y.data;
  args.element = static_cast<int64_t>(size_of(y.dtype));
  return args;
}

}  // namespace

TensorView strided(TensorView view) {
  if (view.strides.rank() > 0) return view;
  view.strides = view.shape;
  int64_t next = 1;
  for (int d = view.shape.rank() - 1; d >= 0; --d) {
    view.strides[d] = next;
    next = d == view.shape.rank() - 1 ? view.row_stride : next * view.shape[d];
  }
  return view;
}

TensorView part_of(TensorView view, int d, int64_t first, int64_t count, int64_t step) {
  view.data = view.as<std::byte>() + bytes_to(view, d, first);
  view.shape[d] = count;
  view.strides[d] = count > 1 ? view.strides[d] * step : 0;  // where nothing is stepped over the step may be any
  return view;
}

void copy_tensor(const lathe::cpu::CopyKernel& kernel, const TensorView& x, const TensorView& y, Team& team) {
  copy_from({kernel, x, y, team}, 0, from(x.data, y));
}

void fill_tensor(const lathe::cpu::CopyKernel& kernel, const void* value, const TensorView& y, Team& team) {
  lathe::cpu::CopyArgs args = from(value, y);
  for (int d = 0; d < y.shape.rank(); ++d) args.add(y.shape[d], 0, args.element * y.strides[d]);
  kernel.run(args, team);
}

void fill_up_blocks(const lathe::cpu::CopyKernel& kernel, const TensorView& y, Team& team) {
  const int64_t n = y.block > 1 ? y.shape[y.axis] : 0, filled = y.block > 1 ? n % y.block : 0;
  if (filled == 0) return;
  TensorView rest = y;
  rest.block = 1;
  rest.data = y.as<std::byte>() + bytes_to(y, y.axis, n);
  rest.shape[y.axis] = y.block - filled;
  rest.strides[y.axis] = 1;
  constexpr uint64_t kZero = 0;
  fill_tensor(kernel, &kZero, rest, team);
}

}  // namespace lathe::backends::cpu
