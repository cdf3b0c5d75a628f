#pragma once
#include <optional>

#include "ir/network.h"

namespace lathe::passes {

/// What is added to scores [batch, heads, query, key], as far as it only hides keys: by a mask of tokens, by where they
/// stand, or both.
struct ScoreMask {
  ir::ValueId keys = ir::kNone;  ///< [batch, seq] or [batch, 1.., seq], an integer or bool: 0 hides; kNone: none
  bool queries = false;          ///< and it hides all keys from queries that it hides
  bool causal = false;
  int64_t window_left = -1, window_right = -1;
  double hidden = 0;        ///< what scores of hidden keys get; others get 0
  bool of_any_mask = true;  ///< this holds whatever numbers the mask of tokens has; else where they are 0 and 1
};

/// Read off how the elements of `additive`, of rank 4, are computed, whatever ops they are spelt in; nothing where it
/// is more than that.
std::optional<ScoreMask> score_mask_of(const ir::Network& network, ir::ValueId additive);

/// The value without casts and reshapes around it, back to the furthest one of rank 2 if there is any; where `exact`,
/// casts only that keep zeros zero and nothing else.
ir::ValueId without_casts(const ir::Network& network, ir::ValueId value, bool exact = false);

/// Whether the value is 0 or 1 everywhere, as its casts say: it is a bool, or was one.
bool is_zero_or_one(const ir::Network& network, ir::ValueId value);

}  // namespace lathe::passes
