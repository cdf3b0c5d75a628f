#pragma once
#include <string>

#include "lathe/types.h"
#include "ops/enum_text.h"

namespace lathe::ops {

/// What an input of a network or plan holds when the caller leaves it out.
enum class InputDefault : uint8_t {
  required,   ///< it may not be left out
  zeros,      ///< 0 everywhere
  ones,       ///< 1 everywhere
  positions,  ///< 0, 1, 2, ... along the last dimension; for packed tokens: within each sequence
};
LATHE_ENUM_TEXT(InputDefault, "input default", "required", "zeros", "ones", "positions");

/// What an input or output of a network or plan means. `of`: Role::packed and an output's Role::rows name the input or
/// output in question; Role::bounds and an input's Role::rows name the dimension that counts the packed rows.
struct PortRole {
  Role role = Role::plain;
  std::string of = {};
  bool operator==(const PortRole&) const = default;
};

}  // namespace lathe::ops
