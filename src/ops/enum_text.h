#pragma once
#include <array>
#include <string>
#include <string_view>

namespace lathe::ops {

/// The position of `text` among `names`; Error(corrupt_file) lists what was expected.
size_t find_name(std::string_view what, std::string_view text, const std::string_view* names, size_t count);

/// Gives an enumeration its text: values are 0, 1, ... in the order of the names.
#define LATHE_ENUM_TEXT(Enum, what, ...)                                                     \
  inline std::string to_string(Enum value) {                                                 \
    constexpr std::string_view names[] = {__VA_ARGS__};                                      \
    return std::string(names[static_cast<size_t>(value)]);                                   \
  }                                                                                          \
  inline void parse(std::string_view text, Enum& value) {                                    \
    constexpr std::string_view names[] = {__VA_ARGS__};                                      \
    value = static_cast<Enum>(::lathe::ops::find_name(what, text, names, std::size(names))); \
  }                                                                                          \
  static_assert(true, "")

}  // namespace lathe::ops
