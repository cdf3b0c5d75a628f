#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// How an op reads the rows of its inputs under a mask of tokens [batch, seq], nonzero = kept.
struct Masked {
  size_t mask = 0;              ///< the input that is the mask
  std::vector<size_t> skips{};  ///< inputs [batch, seq, ..] whose hidden rows reach no result, whatever finite
                                ///< numbers they hold
  bool gives_rows = false;      ///< the result is [batch, seq, ..]; else it has one row a sequence
  /// The op on packed rows: inputs [tokens, ..], and cu_seqlens i32 [batch + 1] in the place of the mask. It gives
  /// [tokens, ..], or one row a sequence. Empty: it has no such form.
  Op packed{};
  bool positions = false;  ///< behind its other inputs that form has where the tokens stood, i32 [tokens], rising
};

}  // namespace lathe::ops
