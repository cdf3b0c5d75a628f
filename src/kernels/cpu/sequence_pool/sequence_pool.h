#pragma once
#include <cstdint>

#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

enum class SequencePoolOp : uint8_t { one, mean, mean_sqrt, weighted_mean, max };

/// One row of y [sequences, n] for each sequence of x [tokens, n], in FP32; a sequence without tokens gives zeros.
///   one            x[first_row(s)]
///   mean           sum_t x_t / n_s          mean_sqrt   sum_t x_t / sqrt(n_s)
///   weighted_mean  sum_t t x_t / sum_t t, t = 1 .. n_s
///   max            the greatest; NaN where one is NaN
struct SequencePoolArgs {
  SequencePoolOp op = SequencePoolOp::mean;
  DType type = DType::f32;  ///< f32 or bf16, of x and y
  const void* x = nullptr;
  void* y = nullptr;
  const int32_t* cu_seqlens = nullptr;  ///< [sequences + 1], rising from 0
  int64_t sequences = 0, n = 0, x_stride = 0, y_stride = 0;
  /// For `one`: which row of x a sequence that has tokens takes.
  enum class Row : uint8_t { first_token, last_token, own_number } row = Row::first_token;
};

/// Called by every member of a team, each doing its share of the sequences; the caller meets at a barrier afterwards.
void sequence_pool(const SequencePoolArgs& args, const Team& team) noexcept;

}  // namespace lathe::cpu
