#pragma once
#include "backends/step.h"
#include "kernels/cpu/copy/copy.h"

namespace lathe::backends::cpu {

/// The view with its distances along each dimension, whatever way it was given in.
TensorView strided(TensorView view);

/// The part from element `first` on along dimension d, `count` elements, `step` apart; of a strided view that is in no
/// blocks along d.
TensorView part_of(TensorView view, int d, int64_t first, int64_t count, int64_t step = 1);

/// y = x, every element: strided views of one shape and type that lie in memory of their own. Where y lies in blocks,
/// what fills the last ones up is left as it is.
void copy_tensor(const lathe::cpu::CopyKernel& kernel, const TensorView& x, const TensorView& y, Team& team);

/// y = the one element of y's type that `value` points to, everywhere.
void fill_tensor(const lathe::cpu::CopyKernel& kernel, const void* value, const TensorView& y, Team& team);

/// Zeros into what fills the last blocks of y up.
void fill_up_blocks(const lathe::cpu::CopyKernel& kernel, const TensorView& y, Team& team);

}  // namespace lathe::backends::cpu
