#include "api/adder.h"
#include "base/dtype.h"
#include "lathe/layers/activation.h"
#include "ops/activation.h"
#include "ops/compare.h"
#include "ops/where.h"

namespace lathe {
namespace {

using api::Adder;
using ir::ValueId;
using ops::ActKind;
using ops::BinaryKind;

Tensor activation(ActKind kind, const Tensor& x, double alpha = 1, double beta = 1) {
  Adder n(to_string(kind), {x});
  return n.out(n.add(ops::Act{kind, alpha, beta}, {n.in(x)}));
}

}  // namespace

Tensor relu(const Tensor& x) {
  Adder n("relu", {x});
  const ValueId in = n.in(x);
  if (is_float(n.dtype(in))) return n.out(n.add(ops::Act{ActKind::relu}, {in}));
  return n.out(n.by_number(BinaryKind::max, in, 0));
}

Tensor clip(const Tensor& x, double low, double high) {
  Adder n("clip", {x});
  const ValueId in = n.in(x);
  if (is_float(n.dtype(in))) return n.out(n.add(ops::Act{ActKind::clip, low, high}, {in}));
  return n.out(n.by_number(BinaryKind::min, n.by_number(BinaryKind::max, in, low), high));
}

Tensor tanh(const Tensor& x) { return activation(ActKind::tanh, x); }
Tensor sigmoid(const Tensor& x) { return activation(ActKind::sigmoid, x); }
Tensor softsign(const Tensor& x) { return activation(ActKind::softsign, x); }
Tensor leaky_relu(const Tensor& x, double alpha) { return activation(ActKind::leaky_relu, x, alpha); }
Tensor elu(const Tensor& x, double alpha) { return activation(ActKind::elu, x, alpha); }
Tensor selu(const Tensor& x, double alpha, double beta) { return activation(ActKind::selu, x, alpha, beta); }
Tensor softplus(const Tensor& x, double alpha, double beta) { return activation(ActKind::softplus, x, alpha, beta); }
Tensor hard_sigmoid(const Tensor& x, double alpha, double beta) {
  return activation(ActKind::hard_sigmoid, x, alpha, beta);
}
Tensor scaled_tanh(const Tensor& x, double alpha, double beta) {
  return activation(ActKind::scaled_tanh, x, alpha, beta);
}
Tensor thresholded_relu(const Tensor& x, double alpha) { return activation(ActKind::thresholded_relu, x, alpha); }
Tensor gelu(const Tensor& x) { return activation(ActKind::gelu, x); }
Tensor gelu_tanh(const Tensor& x) { return activation(ActKind::gelu_tanh, x); }
Tensor silu(const Tensor& x, double alpha) { return activation(ActKind::silu, x, alpha); }
Tensor celu(const Tensor& x, double alpha) { return activation(ActKind::celu, x, alpha); }
Tensor mish(const Tensor& x) { return activation(ActKind::mish, x); }
Tensor hard_swish(const Tensor& x) { return activation(ActKind::hard_swish, x); }

Tensor parametric_relu(const Tensor& x, const Tensor& slope) {
  Adder n("parametric_relu", {x, slope});
  const ValueId in = n.in(x);
  const ValueId below = n.add(ops::Compare{ops::CompareKind::less}, {in, n.scalar(0, n.dtype(in))});
  return n.out(n.add(ops::Where{}, {below, n.binary(BinaryKind::mul, in, n.in(slope)), in}));
}

}  // namespace lathe
