#include "ops/rotary.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// Scratch: a head, and a row of each table.
int64_t scratch(const ops::Rotary& op, std::span<const TensorView> in, std::span<const TensorView>) {
  return in[0].width() / op.heads + 2 * in[1].width();
}

void run(const ops::Rotary& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &cosine = launch.inputs[1], &sine = launch.inputs[2];
  const TensorView& y = launch.outputs[0];
  const int64_t width = y.width(), head_dim = width / op.heads, half = op.width / 2, columns = cosine.width();
  double *head = scratch_of(launch), *c = head + head_dim, *s = c + columns;
  for (int64_t r = 0; r < y.rows(); ++r) {
    load_run(cosine, r % cosine.rows() * columns, columns, c);
    load_run(sine, r % cosine.rows() * columns, columns, s);
    for (int64_t h = 0; h < op.heads; ++h) {
      load_run(x, r * width + h * head_dim, head_dim, head);
      for (int64_t i = 0; i < half; ++i) {
        const int64_t first = op.interleaved ? 2 * i : i, second = op.interleaved ? first + 1 : i + half;
        const int64_t of_a = columns == half ? i : first, of_b = columns == half ? i : second;
        const double a = head[first], b = head[second];
        head[first] = a * c[of_a] - b * s[of_a];
        head[second] = b * c[of_b] + a * s[of_b];
      }
      store_run(y, r * width + h * head_dim, head_dim, head);
    }
  }
}

}  // namespace
LATHE_REFERENCE(Rotary, rotary, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
