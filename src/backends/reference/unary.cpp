#include "ops/unary.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

double apply(ops::UnaryKind kind, double x) {
  switch (kind) {
    case ops::UnaryKind::exp: return std::exp(x);
    case ops::UnaryKind::log: return std::log(x);
    case ops::UnaryKind::sqrt: return std::sqrt(x);
    case ops::UnaryKind::rsqrt: return 1 / std::sqrt(x);
    case ops::UnaryKind::recip: return 1 / x;
    case ops::UnaryKind::neg: return -x;
    case ops::UnaryKind::abs: return std::abs(x);
    case ops::UnaryKind::erf: return std::erf(x);
  }
  return x;
}

void run(const ops::Unary& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  double values[kChunk];
  int64_t count = y.shape.count();
  for (int64_t at = 0; at < count; at += kChunk) {
    int64_t n = std::min(kChunk, count - at);
    load_run(x, at, n, values);
    for (int64_t i = 0; i < n; ++i) values[i] = apply(op.kind, values[i]);
    store_run(y, at, n, values);
  }
}

}  // namespace
LATHE_REFERENCE(Unary, unary, .run = run)
}  // namespace lathe::backends::reference
