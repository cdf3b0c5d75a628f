#pragma once
#include <cstdint>

namespace lathe {

// For a >= 0 and b > 0. Always inlined, so that no copy compiled for a higher instruction set is left for the linker.

[[gnu::always_inline]] inline constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
/// The smallest multiple of b that is not below a.
[[gnu::always_inline]] inline constexpr int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

}  // namespace lathe
