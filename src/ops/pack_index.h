#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// Where the kept tokens of a padded batch lie. Input: mask [batch, seq], nonzero = kept. Outputs, both i32:
///   token_index [tokens]    flat positions b * seq + s of the kept tokens, rising
///   cu_seqlens  [batch + 1] cu_seqlens[b] = kept tokens in rows before b
/// Not spelt in simpler ops: a run finds the size of one output and the contents of the other together.
/// `symbol` names the number of kept tokens, known when the op has run; at most batch * seq.
struct PackIndex {
  std::string symbol{"tokens"};  ///< no other value of the network has it

  template <class V>
  void fields(V& v) {
    v.field("symbol", symbol);
  }
  LATHE_OP_STRUCT(PackIndex);
};
Types infer(const PackIndex& op, const Types& in);
std::vector<Count> counts(const PackIndex& op, const Types& in);

}  // namespace lathe::ops
