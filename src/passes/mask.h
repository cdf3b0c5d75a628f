#pragma once
#include "ir/network.h"

namespace lathe::passes {

/// The integer value [batch, seq] that `additive` hides keys by, or kNone: additive is (1 - mask) * -big, or any other
/// a * mask + b with a + b = 0 and b very negative, under any reshapes and casts.
ir::ValueId mask_of_additive(const ir::Network& network, ir::ValueId additive);

/// The value without casts and reshapes around it; where `exact`, casts only that keep zeros zero and nothing else.
ir::ValueId without_casts(const ir::Network& network, ir::ValueId value, bool exact = false);

/// Whether the value is 0 or 1 everywhere, as its casts say: it is a bool, or was one.
bool is_zero_or_one(const ir::Network& network, ir::ValueId value);

}  // namespace lathe::passes
