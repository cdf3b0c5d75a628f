#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class RandomKind : uint8_t { uniform, normal, bernoulli, multinomial };
LATHE_ENUM_TEXT(RandomKind, "random kind", "uniform", "normal", "bernoulli", "multinomial");

/// Random numbers of type `dtype`. u(i) is uniform in [0, 1), with 24 random bits, of f64 53.
///
///   uniform      y[i] = low + (high - low) u(i), of `shape`, rounded to a floating-point type
///   normal       y[i] = mean + scale n(i), of `shape`, n standard normal, floating point (Box, Muller 1958)
///   bernoulli    y[i] = 1 where u(i) < x[i], else 0, for probabilities x; 0 for NaN
///   multinomial  y[b, s] = the class c of x [batch, classes] with probability proportional to exp x[b, c], i32 or i64
///                [batch, samples]; 0 where no class has a probability
///
/// u(i) = m(m(seed) + (i + 1) g), the upper bits, where m is the mixing function of splitmix64 (Steele, Lea, Flood
/// 2014) and g its constant. With `seeded` every run gives the same numbers, whatever the machine and the team, and so
/// do two ops with one seed; without, each run has a seed of its own. An input may give the shape of uniform and
/// normal, i32 or i64 [rank], known from sizes. ONNX RandomUniform, RandomNormal, Bernoulli, Multinomial,
/// https://onnx.ai/onnx/operators/onnx__RandomUniform.html; TensorRT IFillLayer
struct Random {
  RandomKind kind{RandomKind::uniform};
  DType dtype{DType::f32};
  std::vector<Dim> shape{};
  bool seeded{false};
  int64_t seed{0};
  double low{0};
  double high{1};
  double mean{0};
  double scale{1};
  int64_t samples{1};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
    v.field("dtype", dtype);
    v.field("shape", shape);
    v.field("seeded", seeded);
    v.field("seed", seed);
    v.field("low", low);
    v.field("high", high);
    v.field("mean", mean);
    v.field("scale", scale);
    v.field("samples", samples);
  }
  LATHE_OP_STRUCT(Random);
};
Types infer(const Random& op, const Types& in);
size_t resolve(Random& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
