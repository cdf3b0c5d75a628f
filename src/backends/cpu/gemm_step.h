#pragma once
#include "backends/cpu/epilogue.h"
#include "kernels/cpu/gemm/gemm.h"

namespace lathe::backends::cpu {

/// The epilogue of a product on the operands of a launch.
inline void set_epilogue(const KernelEpilogue& epilogue, const Launch& launch, lathe::cpu::GemmArgs& args) {
  if (const TensorView* bias = KernelEpilogue::input(launch, epilogue.bias)) args.bias = bias->as<const float>();
  args.activation = epilogue.activation;
  args.alpha = epilogue.alpha;
  args.activation_beta = epilogue.beta;
  args.residual_first = epilogue.residual_first;
  if (const TensorView* residual = KernelEpilogue::input(launch, epilogue.residual)) {
    args.residual = residual->data;
    args.residual_stride = residual->row_stride;
  }
  if (const TensorView* gamma = KernelEpilogue::input(launch, epilogue.norm)) {
    args.layer_norm = true;
    args.gamma = gamma->as<const float>();
    args.beta = launch.inputs[static_cast<size_t>(epilogue.norm) + 1].as<const float>();
    args.epsilon = epilogue.epsilon;
  }
}

}  // namespace lathe::backends::cpu
