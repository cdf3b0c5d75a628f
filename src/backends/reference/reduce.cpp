#include "ops/reduce.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "backends/reference/combine.h"
#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "base/dtype.h"

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

/// What a reduction of nothing gives; the mean is that of the sum.
double start(ops::ReduceKind kind, DType, double) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (kind) {
    case ops::ReduceKind::prod: return 1;
    case ops::ReduceKind::max: return -kInfinity;
    case ops::ReduceKind::min: return kInfinity;
    default: return 0;
  }
}

/// 64-bit unsigned integers compare by as_ordered(), whose lowest and highest are those of int64_t.
int64_t start(ops::ReduceKind kind, DType type, int64_t) {
  const bool narrow = type != DType::i64 && type != DType::u64;
  const int bits = type == DType::boolean ? 1 : bits_of(type);
  const bool negative = type == DType::i8 || type == DType::i16 || type == DType::i32;
  switch (kind) {
    case ops::ReduceKind::prod: return 1;
    case ops::ReduceKind::max: return !narrow ? INT64_MIN : negative ? -(int64_t{1} << (bits - 1)) : 0;
    case ops::ReduceKind::min: return !narrow ? INT64_MAX : (int64_t{1} << (negative ? bits - 1 : bits)) - 1;
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

double mean_of(DType, double sum, int64_t terms) { return sum / static_cast<double>(terms); }
int64_t mean_of(DType type, int64_t sum, int64_t terms) {
  if (terms == 0) return 0;
  return type == DType::u64 ? static_cast<int64_t>(static_cast<uint64_t>(sum) / static_cast<uint64_t>(terms))
                            : sum / terms;
}

template <class Value>
void reduce(const ops::Reduce& op, const TensorView& x, const TensorView& y) {
  Split split(op, x.shape);
  const int64_t outputs = split.kept.count(), terms = split.folded.count();
  const bool ordered = x.dtype == DType::u64 && (op.kind == ops::ReduceKind::max || op.kind == ops::ReduceKind::min);
  const auto turned = [&](Value value) {
    if constexpr (std::is_same_v<Value, int64_t>) return ordered ? as_ordered(value) : value;
    return value;
  };
  for (int64_t i = 0; i < outputs; ++i) {
    int64_t base = locate(i, split.kept, split.kept.rank(), split.kept_stride);
    Value sum = start(op.kind, x.dtype, Value{}), value = 0;
    for (int64_t j = 0; j < terms; ++j) {
      load_run(x, base + locate(j, split.folded, split.folded.rank(), split.folded_stride), 1, &value);
      sum = fold(op.kind, sum, turned(value));
    }
    sum = op.kind == ops::ReduceKind::mean ? mean_of(x.dtype, sum, terms) : turned(sum);
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
