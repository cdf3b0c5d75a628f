// Slices and padding.
#include <limits>

#include "frontends/onnx/write/spelling.h"
#include "ops/pad.h"
#include "ops/slice.h"

namespace lathe::onnx {
namespace {

constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();

/// Where a slice of one dimension ends, as ONNX has it. Backwards, what lies before the first element is -1, which
/// would count from the end: `size` less is the same place, counted from there.
Dim end_of(const Dim& start, const Dim& size, int64_t stride, const Dim& of) {
  const Dim last = start + (size - Dim(1)) * Dim(stride);
  if (stride > 0) return last + Dim(1);
  const Dim end = last - Dim(1);
  return end.is_constant() && end.constant() < 0 ? Dim(kFirst) : end.is_constant() ? end : end - of;
}

/// The axes of which not all is taken.
Values slice(NodeWriter& n) {
  const auto& op = n.op<ops::Slice>();
  std::vector<Dim> starts, ends;
  std::vector<int64_t> axes, steps;
  for (size_t d = 0; d < op.start.size(); ++d) {
    const int64_t stride = op.stride.empty() ? 1 : op.stride[d];
    const Dim& of = n.type().shape[d];
    if (op.start[d] == Dim(0) && op.size[d] == of && stride == 1) continue;
    axes.push_back(static_cast<int64_t>(d));
    steps.push_back(stride);
    starts.push_back(op.start[d]);
    ends.push_back(op.size[d] == Dim(0) ? op.start[d] : end_of(op.start[d], op.size[d], stride, of));
  }
  if (axes.empty()) return {n.in(0)};
  Values inputs = {n.in(0), n.body().sizes(starts), n.body().sizes(ends), n.integers(axes)};
  for (int64_t step : steps)
    if (step != 1 && inputs.size() == 4) inputs.push_back(n.integers(steps));
  return {n.emit("Slice", inputs)};
}

Values pad(NodeWriter& n) {
  const auto& op = n.op<ops::Pad>();
  std::vector<Dim> sizes = op.before;
  sizes.insert(sizes.end(), op.after.begin(), op.after.end());
  Values inputs = {n.in(0), n.body().sizes(sizes)};
  if (op.mode == ops::PadMode::constant && op.value != 0) inputs.push_back(n.number(op.value, n.type().dtype));
  return {n.emit("Pad", inputs, {attribute("mode", ops::to_string(op.mode))})};
}

constexpr Spelling kSpellings[] = {{"pad", pad}, {"slice", slice}};

}  // namespace

std::span<const Spelling> slices_spellings() { return kSpellings; }

}  // namespace lathe::onnx
