#include "ops/determinant.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

int64_t scratch(const ops::Determinant&, std::span<const TensorView> in, std::span<const TensorView>) {
  return in[0].width() * in[0].width();
}

/// Of a row-major [n, n], which it uses up. A column without a number other than zero (or NaN) ends it.
double determinant(double* a, int64_t n) {
  double product = 1;
  for (int64_t c = 0; c < n; ++c) {
    int64_t pivot = c;
    for (int64_t r = c + 1; r < n; ++r)
      if (std::abs(a[r * n + c]) > std::abs(a[pivot * n + c])) pivot = r;
    if (pivot != c) {
      std::swap_ranges(a + pivot * n, a + (pivot + 1) * n, a + c * n);
      product = -product;
    }
    product *= a[c * n + c];
    if (a[c * n + c] == 0) return product;
    for (int64_t r = c + 1; r < n; ++r) {
      const double factor = a[r * n + c] / a[c * n + c];
      for (int64_t i = c + 1; i < n; ++i) a[r * n + i] -= factor * a[c * n + i];
    }
  }
  return product;
}

void run(const ops::Determinant& /*op*/, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int64_t n = x.width();
  double* matrix = scratch_of(launch);
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    load_run(x, i * n * n, n * n, matrix);
    store(y, i, determinant(matrix, n));
  }
}

}  // namespace
LATHE_REFERENCE(Determinant, determinant, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
