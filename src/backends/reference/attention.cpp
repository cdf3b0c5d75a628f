#include "ops/attention.h"

#include <algorithm>
#include <limits>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

/// Where the bias of (batch, head, query) begins, in elements; sizes of 1 repeat.
int64_t bias_row(const TensorView& bias, int64_t b, int64_t h, int64_t i) {
  const int64_t at[] = {b, h, i};
  int64_t row = 0;
  for (int d = 0; d < 3; ++d) row = row * bias.shape[d] + (bias.shape[d] == 1 ? 0 : at[d]);
  return row * bias.shape[3];
}

/// One sequence: rows [first, first + length) of q, k, v and y; `seen(j)` says whether key j may be seen at all.
template <class Seen>
void attend(const ops::Attention& op, const Launch& launch, int64_t first, int64_t length, Seen&& seen) {
  const TensorView &q = launch.inputs[0], &k = launch.inputs[1], &v = launch.inputs[2], &y = launch.outputs[0];
  int64_t width = y.width(), head_dim = width / op.heads;
  double *query = scratch_of(launch), *sum = query + head_dim, *weight = sum + head_dim;
  for (int64_t i = 0; i < length; ++i)
    for (int64_t h = 0; h < op.heads; ++h) {
      int64_t column = h * head_dim;
      load_run(q, (first + i) * width + column, head_dim, query);
      const auto place = [&](int64_t token) {
        return op.positions ? load_integer(launch.inputs[4], first + token) : token;
      };
      for (int64_t j = 0; j < length; ++j) {
        const int64_t before = place(i) - place(j);
        bool visible = seen(j) && (!op.causal || j <= i) && (op.window_left < 0 || before <= op.window_left) &&
                       (op.window_right < 0 || -before <= op.window_right);
        weight[j] = visible ? op.scale * dot(query, k, (first + j) * width + column, head_dim)
                            : -std::numeric_limits<double>::infinity();
      }
      if (op.bias) {
        const TensorView& bias = launch.inputs[op.bias_input()];
        const int64_t at = bias_row(bias, first / std::max<int64_t>(length, 1), h, i);
        for (int64_t j = 0; j < length; ++j) weight[j] += load(bias, at + j);
      }
      softmax_row(weight, length);
      std::fill(sum, sum + head_dim, 0.0);
      for (int64_t j = 0; j < length; ++j)
        if (weight[j] != 0) add_scaled(weight[j], v, (first + j) * width + column, head_dim, sum);
      store_run(y, (first + i) * width + column, head_dim, sum);
    }
}

/// Scratch: a query, a sum, a weight a key.
int64_t scratch(const ops::Attention& op, std::span<const TensorView> in, std::span<const TensorView>) {
  return 2 * in[0].width() / op.heads + in[0].shape[-2];
}

void run(const ops::Attention& op, const Launch& launch) {
  const TensorView& y = launch.outputs[0];
  if (op.mask == ops::AttentionMask::packed) {
    const TensorView& cu_seqlens = launch.inputs[3];
    if (!check_cu_seqlens(cu_seqlens, y.shape[0], launch.fault)) return;
    for (int64_t b = 0; b + 1 < cu_seqlens.shape[0]; ++b) {
      int64_t first = load_integer(cu_seqlens, b);
      attend(op, launch, first, load_integer(cu_seqlens, b + 1) - first, [](int64_t) { return true; });
    }
    return;
  }
  int64_t length = y.shape[1];
  for (int64_t b = 0; b < y.shape[0]; ++b)
    attend(op, launch, b * length, length, [&](int64_t j) {
      return op.mask == ops::AttentionMask::none || load(launch.inputs[3], b * length + j) != 0;
    });
}

}  // namespace
LATHE_REFERENCE(Attention, attention, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
