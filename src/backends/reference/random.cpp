#include "ops/random.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <numbers>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;

/// The mixing function of splitmix64.
uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// A seed that no run of this process has had.
uint64_t fresh_seed() {
  static std::atomic<uint64_t> runs{0};
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return mixed(static_cast<uint64_t>(now)) + kGolden * runs.fetch_add(1, std::memory_order_relaxed);
}

/// u(i) in [0, 1).
class Uniform {
 public:
  Uniform(const ops::Random& op)  // NOLINT(google-explicit-constructor)
      : start_(mixed(op.seeded ? static_cast<uint64_t>(op.seed) : fresh_seed())),
        bits_(op.dtype == DType::f64 ? 53 : 24) {}
  double operator()(int64_t i) const {
    const uint64_t bits = mixed(start_ + (static_cast<uint64_t>(i) + 1) * kGolden) >> (64 - bits_);
    return std::ldexp(static_cast<double>(bits), -bits_);
  }
  /// Standard normal, of two of them.
  double normal(int64_t i) const {
    const double radius = std::sqrt(-2 * std::log(1 - (*this)(2 * i)));
    return radius * std::cos(2 * std::numbers::pi * (*this)(2 * i + 1));
  }

 private:
  uint64_t start_;
  int bits_;
};

/// The class at which the running sum of the weights passes `share` of their total, 1 or 0.
int64_t drawn(const double* weights, int64_t classes, double share) {
  double total = 0, sum = 0;
  for (int64_t c = 0; c < classes; ++c) total += weights[c];
  int64_t last = 0;
  for (int64_t c = 0; c < classes; ++c) {
    sum += weights[c];
    if (weights[c] > 0) last = c;
    if (sum > share * total) return c;
  }
  return last;
}

void draw(const Launch& launch, const Uniform& uniform) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int64_t classes = x.shape[1], samples = y.shape[1];
  double* weights = scratch_of(launch);
  for (int64_t b = 0; b < y.shape[0]; ++b) {
    load_run(x, b * classes, classes, weights);
    softmax_row(weights, classes);
    for (int64_t i = b * samples; i < (b + 1) * samples; ++i) store_integer(y, i, drawn(weights, classes, uniform(i)));
  }
}

int64_t scratch(const ops::Random& op, std::span<const TensorView> in, std::span<const TensorView>) {
  return op.kind == ops::RandomKind::multinomial && in[0].shape.count() > 0 ? in[0].shape[1] : 0;
}

void run(const ops::Random& op, const Launch& launch) {
  const TensorView& y = launch.outputs[0];
  const Uniform uniform(op);
  if (op.kind == ops::RandomKind::multinomial) return draw(launch, uniform);
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    switch (op.kind) {
      case ops::RandomKind::uniform: store(y, i, op.low + (op.high - op.low) * uniform(i)); break;
      case ops::RandomKind::normal: store(y, i, op.mean + op.scale * uniform.normal(i)); break;
      case ops::RandomKind::bernoulli: store(y, i, uniform(i) < load(launch.inputs[0], i) ? 1 : 0); break;
      case ops::RandomKind::multinomial: break;
    }
  }
}

}  // namespace
LATHE_REFERENCE(Random, random, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
