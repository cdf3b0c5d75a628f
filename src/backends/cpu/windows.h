#pragma once
#include <span>

#include "backends/tactic.h"
#include "kernels/cpu/windows.h"
#include "ops/window.h"

namespace lathe::backends::cpu {

/// Of tensors with their channels last, x [n, x.., c] and y [n, y.., o]; `size` is the window's. Paddings that are no
/// numbers are the first of the launch's sizes.
lathe::cpu::Windows windows_of(const ops::Window& window, const TensorView& x, const TensorView& y, const Shape& size,
                               const Launch& launch);
/// Whether distances within windows are far from what 64 bits hold; what a plan's tensors hold is.
bool is_small(const ops::Window& window);

}  // namespace lathe::backends::cpu
