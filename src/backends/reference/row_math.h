#pragma once
#include "backends/tactic.h"
#include "base/activation.h"
#include "ops/epilogue.h"

namespace lathe::backends::reference {

/// f(x) of ops/activation.h.
double activate(Activation kind, double a, double b, double x);

/// The records in their order on row `i`, of n elements, of a product.
void apply_epilogue(const ops::Epilogue& epilogue, const TensorView* operand, int64_t i, double* row, int64_t n);

/// row = (row - mean) / sqrt(biased variance + epsilon) * gamma + beta, in place; gamma and beta are [width].
void normalize_row(double* row, int64_t width, double epsilon, const TensorView& gamma, const TensorView& beta);

/// y_i = exp(x_i - max x) / sum_j exp(x_j - max x), in place; all -inf (or no element) gives zeros.
void softmax_row(double* row, int64_t width);
/// Its logarithm, x_i - max x - log sum_j exp(x_j - max x), in place; all -inf stays that.
void log_softmax_row(double* row, int64_t width);

/// Whether cu_seqlens rises from 0 to `tokens`; raises the fault otherwise.
bool check_cu_seqlens(const TensorView& cu_seqlens, int64_t tokens, Fault* fault);

}  // namespace lathe::backends::reference
