#pragma once
#include <optional>

#include "ops/op.h"

namespace lathe::ops {

/// Which input of an op holds bounds of sequences, i32 [batch + 1], that its kernels trust: they rise from 0, and the
/// last is the number of rows of input 0. Whoever runs the op checks them first.
struct SequenceBounds {
  size_t input = 0;
  bool delimits_rows = true;  ///< false: the op only asks which sequences are empty; the last bound may be any
};
std::optional<SequenceBounds> sequence_bounds(const Op& op);

}  // namespace lathe::ops
