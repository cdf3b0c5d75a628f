#pragma once
#include "lathe/network.h"

namespace lathe {

// # activation

/// y = f(x), element by element, of floats (relu and clip of integers too); NaN gives NaN.
///
///   relu              max(x, 0)                       tanh           tanh x
///   sigmoid           1 / (1 + exp(-x))               softsign       x / (1 + |x|)
///   leaky_relu        x < 0: alpha x                  elu            x < 0: alpha (exp(x) - 1)
///   selu              beta elu(x)                     softplus       alpha log(exp(beta x) + 1)
///   clip              min(max(x, low), high)          hard_sigmoid   min(max(alpha x + beta, 0), 1)
///   scaled_tanh       alpha tanh(beta x)              thresholded_relu  x <= alpha: 0
///   gelu              x/2 (1 + erf(x / sqrt 2))       gelu_tanh      its tanh form
///   silu              x sigmoid(alpha x)              mish           x tanh(log(exp(x) + 1))
///   celu              x < 0: alpha (exp(x / alpha) - 1)  hard_swish  x min(max(x / 6 + 1/2, 0), 1)
///
/// Where a case is given, x stays as it is in the other.
LATHE_API Tensor relu(const Tensor& x);
LATHE_API Tensor tanh(const Tensor& x);
LATHE_API Tensor sigmoid(const Tensor& x);
LATHE_API Tensor softsign(const Tensor& x);
LATHE_API Tensor leaky_relu(const Tensor& x, double alpha = 0.01);
LATHE_API Tensor elu(const Tensor& x, double alpha = 1);
LATHE_API Tensor selu(const Tensor& x, double alpha = 1.67326324, double beta = 1.05070099);
LATHE_API Tensor softplus(const Tensor& x, double alpha = 1, double beta = 1);
LATHE_API Tensor clip(const Tensor& x, double low, double high);
LATHE_API Tensor hard_sigmoid(const Tensor& x, double alpha = 0.2, double beta = 0.5);
LATHE_API Tensor scaled_tanh(const Tensor& x, double alpha, double beta);
LATHE_API Tensor thresholded_relu(const Tensor& x, double alpha = 1);
LATHE_API Tensor gelu(const Tensor& x);
LATHE_API Tensor gelu_tanh(const Tensor& x);
LATHE_API Tensor silu(const Tensor& x, double alpha = 1);
LATHE_API Tensor celu(const Tensor& x, double alpha = 1);
LATHE_API Tensor mish(const Tensor& x);
LATHE_API Tensor hard_swish(const Tensor& x);

// # parametric_relu

/// y = x < 0 ? slope x : x, the slope broadcast to x.
LATHE_API Tensor parametric_relu(const Tensor& x, const Tensor& slope);

}  // namespace lathe
