#include "ops/reduce.h"

#include <algorithm>
#include <limits>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// The dimensions of x, split into those that stay and those that are folded, with their strides in x.
struct Split {
  Shape kept, folded;
  int64_t kept_stride[Shape::kMaxRank] = {}, folded_stride[Shape::kMaxRank] = {};
  Split(const ops::Reduce& op, const Shape& x) {
    Strides strides(x);
    for (int d = 0; d < x.rank(); ++d) {
      bool folds = std::any_of(op.axes.begin(), op.axes.end(),
                               [&](int64_t axis) { return (axis < 0 ? axis + x.rank() : axis) == d; });
      Shape& sizes = folds ? folded : kept;
      (folds ? folded_stride : kept_stride)[sizes.rank()] = strides.of[d];
      sizes.push_back(x[d]);
    }
  }
};

template <class Value>
Value start(ops::ReduceKind kind) {
  using Limits = std::numeric_limits<Value>;
  switch (kind) {
    case ops::ReduceKind::prod: return 1;
    case ops::ReduceKind::max: return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    case ops::ReduceKind::min: return Limits::has_infinity ? Limits::infinity() : Limits::max();
    default: return 0;
  }
}

double fold(ops::ReduceKind kind, double sum, double x) {
  switch (kind) {
    case ops::ReduceKind::prod: return sum * x;
    case ops::ReduceKind::max: return sum > x || sum != sum ? sum : x;
    case ops::ReduceKind::min: return sum < x || sum != sum ? sum : x;
    default: return sum + x;
  }
}

/// Integers wrap around.
int64_t fold(ops::ReduceKind kind, int64_t sum, int64_t x) {
  auto wide = [](int64_t v) { return static_cast<uint64_t>(v); };
  switch (kind) {
    case ops::ReduceKind::prod: return static_cast<int64_t>(wide(sum) * wide(x));
    case ops::ReduceKind::max: return std::max(sum, x);
    case ops::ReduceKind::min: return std::min(sum, x);
    default: return static_cast<int64_t>(wide(sum) + wide(x));
  }
}

template <class Value>
void reduce(const ops::Reduce& op, const TensorView& x, const TensorView& y) {
  Split split(op, x.shape);
  int64_t outputs = split.kept.count(), terms = split.folded.count();
  for (int64_t i = 0; i < outputs; ++i) {
    int64_t base = locate(i, split.kept, split.kept.rank(), split.kept_stride);
    Value sum = start<Value>(op.kind), value = 0;
    for (int64_t j = 0; j < terms; ++j) {
      load_run(x, base + locate(j, split.folded, split.folded.rank(), split.folded_stride), 1, &value);
      sum = fold(op.kind, sum, value);
    }
    if (op.kind == ops::ReduceKind::mean) {
      // The mean of nothing: NaN where the type has one.
      bool whole = std::numeric_limits<Value>::is_integer;
      sum = whole && terms == 0 ? 0 : sum / static_cast<Value>(terms);
    }
    store_run(y, i, 1, &sum);
  }
}

void run(const ops::Reduce& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  if (is_float(x.dtype))
    reduce<double>(op, x, y);
  else
    reduce<int64_t>(op, x, y);
}

}  // namespace
LATHE_REFERENCE(Reduce, reduce, .run = run)
}  // namespace lathe::backends::reference
