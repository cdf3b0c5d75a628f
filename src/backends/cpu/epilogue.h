#pragma once
#include <optional>
#include <string>

#include "backends/tactic.h"
#include "ops/epilogue.h"

namespace lathe::backends::cpu {

/// An epilogue as kernels have it: bias, activation and residual or residual and activation, layer_norm, each at most
/// once.
struct KernelEpilogue {
  int bias = -1, residual = -1, norm = -1;  ///< inputs of the op, x and w among them; -1: absent
  Activation activation = Activation::none;
  float alpha = 1, beta = 1;
  bool residual_first = false;
  float epsilon = 0;

  /// Null where the input is absent.
  static const TensorView* input(const Launch& launch, int i) {
    return i < 0 ? nullptr : &launch.inputs[static_cast<size_t>(i)];
  }
};

/// Nothing: its records come in another order.
std::optional<KernelEpilogue> kernel_epilogue(const ops::Epilogue& epilogue);

/// Why the operands, which follow x and w, do not fit kernels that read residuals of this type; empty: they do.
std::string reject_operands(const ops::Epilogue& epilogue, const Question& question, DType residual);

}  // namespace lathe::backends::cpu
