#include "ops/slice.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/number.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"
#include "ops/signed_sizes.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Slice, slice, Traits{.narrow = true})

Types infer(const Slice& op, const Types& in) {
  check_count("slice", in, 1, 1);
  size_t rank = in[0].shape.size();
  if (op.start.size() != rank || op.size.size() != rank || (!op.stride.empty() && op.stride.size() != rank))
    reject("slice", in, "start, size and stride need one value a dimension");
  for (size_t i = 0; i < rank; ++i) {
    int64_t stride = op.stride.empty() ? 1 : op.stride[i];
    if (stride == 0) reject("slice", in, "a stride is 0");
    if (!in[0].shape[i].is_constant() || !op.start[i].is_constant() || !op.size[i].is_constant()) continue;
    int64_t first = op.start[i].constant(), count = op.size[i].constant(), limit = in[0].shape[i].constant();
    int64_t last = saturating_add(first, saturating_mul(count - 1, stride));
    if (count < 0 || (count > 0 && (first < 0 || first >= limit || last < 0 || last >= limit)))
      reject("slice", in,
             fmt::format("dimension {}: start {}, size {}, stride {} leave the tensor", i, first, count, stride));
  }
  return {{in[0].dtype, op.size}};
}

/// All rows, and a part of each.
bool row_form(const Slice& op, const RowQuestion& question, RowForm& form) {
  Slice on_rows{{Dim(0)}, {question.count}, {}};
  if (!op.stride.empty()) on_rows.stride.push_back(1);
  for (size_t i = 0; i < op.start.size(); ++i) {
    const int64_t stride = op.stride.empty() ? 1 : op.stride[i];
    if (i < question.lead.size()) {
      if (!(op.start[i] == Dim(0)) || stride != 1) return false;
      continue;
    }
    on_rows.start.push_back(op.start[i]);
    on_rows.size.push_back(op.size[i]);
    if (!op.stride.empty()) on_rows.stride.push_back(stride);
  }
  return all_rows(question, on_rows, form);
}

namespace {

/// Whether the form shows that the value is never negative where no size is 0.
bool is_never_negative(const Dim& d) {
  return d.substitute([](std::string_view symbol) { return Dim::symbol(symbol) + Dim(1); }).is_rising();
}

/// Where a start or end lies among low..high along a dimension.
struct Place {
  Dim at;
  Dim bound;      ///< before it was moved between low and high
  int moved = 0;  ///< by the sizes of a run: 1 down to high, -1 up to low
};

/// Exporters write huge numbers for the end. A bound of sizes is taken to be inside, so that x[:n] has the size n.
Place place(const Dim& bound, const Dim& dimension, const Dim& low, const Dim& high) {
  if (has_numbers(bound)) return {clamped(bound, dimension, low, high), bound};
  constexpr int64_t kBeyond = INT32_MAX;
  const auto plain = [](const Dim& d) { return Place{d, d}; };
  const bool is_number = bound.is_constant();
  if (is_number && (bound.constant() >= kBeyond || bound.constant() <= -kBeyond))
    return plain(bound.constant() > 0 ? high : low);
  const bool from_end = (Dim(-1) - bound).is_rising();
  const Dim from_start = from_end ? bound + dimension : bound;
  if ((from_start - high).is_rising()) return plain(high);
  if ((low - from_start).is_rising()) return plain(low);
  if (!is_number) return plain(from_start);
  if (from_end && !is_never_negative(from_start - low)) return {Dim::max(from_start, low), from_start, -1};
  if (!from_end && !is_never_negative(high - from_start)) return {Dim::min(from_start, high), from_start, 1};
  return plain(from_start);
}

/// What lies between two places, end - first or 0.
Dim between(const Place& first, const Place& end, const Dim& low, const Dim& high) {
  // Forms that show more than high - max(..) does.
  if (end.at == high && first.moved > 0) return Dim::max(high - first.bound, Dim(0));
  if (end.at == high && first.moved < 0) return Dim::min(high - first.bound, high - low);
  const Dim size = end.at - first.at;
  return (first.moved != 0 || end.moved != 0) && !is_never_negative(size) ? Dim::max(size, Dim(0)) : size;
}

}  // namespace

size_t resolve(Slice& op, const Types& in, const Contents& known) {
  check_count("slice", in, 1, 5);
  if (in.size() == 1) return 1;
  if (in.size() == 2 || !op.start.empty() || !op.size.empty() || !op.stride.empty())
    reject("slice", in, "takes attributes, or x, starts, ends and perhaps axes and strides");
  const std::vector<Dim> starts = sizes_from("slice", in, known, 1, "starts"),
                         ends = sizes_from("slice", in, known, 2, "ends");
  std::vector<int64_t> axes(starts.size()), strides(starts.size(), 1);
  std::iota(axes.begin(), axes.end(), int64_t{0});
  if (in.size() > 3) axes = numbers_from("slice", in, known, 3, "axes");
  if (in.size() > 4) strides = numbers_from("slice", in, known, 4, "strides");
  if (ends.size() != starts.size() || axes.size() != starts.size() || strides.size() != starts.size())
    reject("slice", in, "starts, ends, axes and strides need one length");
  op.start.assign(in[0].shape.size(), Dim(0));
  op.size = in[0].shape;
  op.stride.assign(in[0].shape.size(), 1);
  std::vector<bool> seen(in[0].shape.size());
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto axis = static_cast<size_t>(normalize_axis("slice", in, axes[i], in[0].rank()));
    const Dim& dimension = in[0].shape[axis];
    const bool rises = strides[i] > 0;
    if (strides[i] == 0) reject("slice", in, "a stride is 0");
    const Dim low(rises ? 0 : -1), high = rises ? dimension : dimension - Dim(1);
    if (seen[axis]) reject("slice", in, fmt::format("axis {} is named twice", axis));
    seen[axis] = true;
    const Place first = place(starts[i], dimension, rises ? low : Dim(0), high),
                end = place(ends[i], dimension, low, high);
    const Dim size = rises ? Dim::ceildiv(between(first, end, low, high), Dim(strides[i]))
                           : Dim::ceildiv(between(end, first, low, high), Dim(0) - Dim(strides[i]));
    op.start[axis] = first.at;
    op.size[axis] = size.is_constant() || has_numbers(size) ? Dim::max(size, Dim(0)) : size;
    op.stride[axis] = strides[i];
  }
  if (std::all_of(op.stride.begin(), op.stride.end(), [](int64_t stride) { return stride == 1; })) op.stride.clear();
  return 1;
}

Elements elements(const Slice& op, const Types& in, const Contents& known) {
  const Elements& x = known_of(known, 0);
  if (!x || in[0].rank() != 1 || !op.start[0].is_constant() || !op.size[0].is_constant()) return std::nullopt;
  const int64_t count = op.size[0].constant(), stride = op.stride.empty() ? 1 : op.stride[0];
  std::vector<Element> part;
  for (int64_t i = 0; i < std::min(count, kMostElements); ++i) {
    const int64_t at = saturating_add(op.start[0].constant(), saturating_mul(stride, i));
    if (at < 0 || at >= static_cast<int64_t>(x->size())) return std::nullopt;
    part.push_back((*x)[static_cast<size_t>(at)]);
  }
  return part;
}

}  // namespace lathe::ops
