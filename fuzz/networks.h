#pragma once
#include <string>
#include <vector>

namespace lathe::fuzz {

/// Small printed networks (ir/print.h) that together have every op, in several forms.
const std::vector<std::string>& networks();

}  // namespace lathe::fuzz
