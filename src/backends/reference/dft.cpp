#include "ops/dft.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

int axis_of(const ops::Dft& op, const Shape& shape) {
  return static_cast<int>(op.axis < 0 ? op.axis + shape.rank() : op.axis);
}

struct Complex {
  double re = 0, im = 0;
};

/// Of n numbers: what one line holds, and e^(+-2 pi i j / n). The result has n, or n/2 + 1 of them.
int64_t scratch(const ops::Dft& op, std::span<const TensorView>, std::span<const TensorView> out) {
  return out[0].shape.count() == 0 ? 0 : 8 * out[0].shape[axis_of(op, out[0].shape)] + 8;
}

/// y_k = sum_t x_t root^(k t)
Complex transformed(const Complex* x, int64_t terms, const Complex* roots, int64_t n, int64_t k) {
  Complex sum;
  for (int64_t t = 0, turn = 0; t < terms; ++t, turn = (turn + k) % n) {
    sum.re += x[t].re * roots[turn].re - x[t].im * roots[turn].im;
    sum.im += x[t].re * roots[turn].im + x[t].im * roots[turn].re;
  }
  return sum;
}

/// The whole spectrum, of a real signal, whose first half is x.
void mirror(Complex* x, int64_t n) {
  x[0].im = 0;
  if (n % 2 == 0) x[n / 2].im = 0;
  for (int64_t k = 1; 2 * k < n; ++k) x[n - k] = {x[k].re, -x[k].im};
}

void run(const ops::Dft& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int axis = axis_of(op, x.shape);
  const bool to_real = op.inverse && op.onesided;
  const int64_t size = x.shape[axis], count = y.shape[axis], parts = x.shape[-1], kept = y.shape[-1];
  const int64_t n = !op.length.empty() ? size_at(launch, 0, op.length[0]) : to_real ? 2 * (size - 1) : size;
  if (y.shape.count() == 0) return;
  if (n < 1) return launch.fault->set(ErrorCode::out_of_range, "a transform is of at least one number, not {}", n);
  auto* line = reinterpret_cast<Complex*>(launch.workspace);
  Complex* roots = line + n;
  for (int64_t j = 0; j < n; ++j) {
    const double angle = (op.inverse ? 2 : -2) * std::numbers::pi * static_cast<double>(j) / static_cast<double>(n);
    roots[j] = {std::cos(angle), std::sin(angle)};
  }
  // Numbers along the axis lie `inner` parts apart.
  const int64_t inner = Strides(x.shape).of[axis] / parts, lines = y.shape.count() / (count * kept);
  const int64_t given = std::min(size, to_real ? n / 2 + 1 : n);
  for (int64_t l = 0; l < lines; ++l) {
    const int64_t outer = l / inner, within = l % inner;
    std::fill(line, line + n, Complex{});
    for (int64_t t = 0; t < given; ++t) {
      const int64_t at = ((outer * size + t) * inner + within) * parts;
      line[t] = {load(x, at), parts == 2 ? load(x, at + 1) : 0};
    }
    if (to_real) mirror(line, n);
    for (int64_t k = 0; k < count; ++k) {
      const Complex sum = transformed(line, n, roots, n, k);
      const double by = op.inverse ? static_cast<double>(n) : 1;
      const int64_t at = ((outer * count + k) * inner + within) * kept;
      store(y, at, sum.re / by);
      if (kept == 2) store(y, at + 1, sum.im / by);
    }
  }
}

}  // namespace
LATHE_REFERENCE(Dft, dft, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
