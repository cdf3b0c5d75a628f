#pragma once
#include <string>

#include "base/cpu.h"
#include "lathe/format.h"

namespace lathe::backends {

/// The vocabulary of refusals: what `inspect` shows beside a tactic that was not taken.
inline std::string needs(Isa isa) { return "needs " + std::string(to_string(isa)); }
inline std::string unsupported_type(DType type) { return "unsupported type " + std::string(to_string(type)); }
inline std::string unsupported_attribute(std::string_view what) {
  return "unsupported attribute: " + std::string(what);
}
inline std::string must_be_contiguous(size_t input) { return "input " + std::to_string(input) + " must be contiguous"; }
/// "output 0 must lie dimension 1 by 32"
inline std::string must_lie(std::string_view what, size_t index, const Format& format) {
  return std::string(what) + " " + std::to_string(index) + " must lie " + to_string(format);
}
inline std::string unsupported_layout(std::string_view what) { return "unsupported layout: " + std::string(what); }

}  // namespace lathe::backends
