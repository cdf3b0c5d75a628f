#pragma once

namespace lathe {

/// The version of this Lathe, as CMakeLists.txt has it; plans record it.
inline constexpr const char* kVersion = LATHE_VERSION;

}  // namespace lathe
