#include "ops/sequence_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

/// Pools the rows [first, first + length) for which kept(i) holds into row `b` of y.
template <class Kept>
void pool(const ops::SequencePool& op, const Launch& launch, int64_t b, int64_t first, int64_t length, Kept&& kept) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  int64_t width = y.width(), tokens = 0;
  double *row = scratch_of(launch), *sum = row + width, weights = 0;
  std::fill(sum, sum + width, op.mode == ops::PoolMode::max ? -std::numeric_limits<double>::infinity() : 0.0);
  for (int64_t i = 0; i < length; ++i) {
    if (!kept(i)) continue;
    load_run(x, (first + i) * width, width, row);
    ++tokens;
    double weight = op.mode == ops::PoolMode::weighted_mean ? static_cast<double>(tokens) : 1;
    weights += weight;
    for (int64_t j = 0; j < width; ++j) switch (op.mode) {
        case ops::PoolMode::first:
        case ops::PoolMode::keep: sum[j] = tokens == 1 ? row[j] : sum[j]; break;
        case ops::PoolMode::last: sum[j] = row[j]; break;
        case ops::PoolMode::max: sum[j] = sum[j] > row[j] || std::isnan(sum[j]) ? sum[j] : row[j]; break;
        default: sum[j] += weight * row[j];
      }
  }
  double divisor = 1;
  if (op.mode == ops::PoolMode::mean || op.mode == ops::PoolMode::weighted_mean) divisor = weights;
  if (op.mode == ops::PoolMode::mean_sqrt) divisor = std::sqrt(weights);
  for (int64_t j = 0; j < width; ++j) sum[j] = tokens == 0 ? 0 : sum[j] / divisor;
  store_run(y, b * width, width, sum);
}

int64_t scratch(const ops::SequencePool&, std::span<const TensorView>, std::span<const TensorView> out) {
  return 2 * out[0].width();
}

void run(const ops::SequencePool& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &where = launch.inputs[1];
  const int64_t batch = launch.outputs[0].shape[0];
  const bool keep = op.mode == ops::PoolMode::keep;
  if (op.packed && !check_cu_seqlens(where, keep ? load_integer(where, batch) : x.shape[0], launch.fault)) return;
  for (int64_t b = 0; b < batch; ++b) {
    if (keep) {
      pool(op, launch, b, b, load_integer(where, b + 1) > load_integer(where, b) ? 1 : 0, [](int64_t) { return true; });
    } else if (op.packed) {
      int64_t first = load_integer(where, b);
      pool(op, launch, b, first, load_integer(where, b + 1) - first, [](int64_t) { return true; });
    } else {
      int64_t seq = x.shape[1];
      pool(op, launch, b, b * seq, seq, [&](int64_t i) { return load(where, b * seq + i) != 0; });
    }
  }
}

}  // namespace
LATHE_REFERENCE(SequencePool, sequence_pool, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
