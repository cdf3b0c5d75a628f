#pragma once
#include <vector>

#include "ir/compose/composer.h"
#include "ops/pad.h"

namespace lathe::ir {

/// ops/pad.h, where negative sizes take away: they are slices before the others are put around. `value`: what
/// PadMode::constant puts there, [], which may be computed; kNone: 0.
ValueId padded(Composer& n, ValueId x, std::vector<Dim> before, std::vector<Dim> after, ops::PadMode mode,
               ValueId value = kNone);

}  // namespace lathe::ir
