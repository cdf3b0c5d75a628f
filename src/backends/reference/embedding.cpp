#include "ops/embedding.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

int64_t scratch(const ops::Embedding&, std::span<const TensorView>, std::span<const TensorView> out) {
  return out[0].width();
}

void run(const ops::Embedding& op, const Launch& launch) {
  const TensorView& y = launch.outputs[0];
  int64_t width = y.width();
  auto terms = static_cast<size_t>(op.terms);
  double* row = scratch_of(launch);
  for (int64_t i = 0; i < y.rows(); ++i) {
    std::fill(row, row + width, 0.0);
    for (size_t t = 0; t < terms; ++t) {
      const TensorView& table = launch.inputs[2 * t];
      const int64_t given = load_integer(launch.inputs[2 * t + 1], i);
      const int64_t id = given < 0 && op.from_end ? given + table.shape[0] : given;
      if (id < 0 || id >= table.shape[0]) {
        launch.fault->set(ErrorCode::out_of_range, "id {} is outside the table of {} rows", given, table.shape[0]);
        return;
      }
      add_scaled(1, table, id * width, width, row);
    }
    if (op.norm) normalize_row(row, width, op.epsilon, launch.inputs[2 * terms], launch.inputs[2 * terms + 1]);
    store_run(y, i * width, width, row);
  }
}

}  // namespace
LATHE_REFERENCE(Embedding, embedding, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
