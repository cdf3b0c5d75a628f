#include "ops/enum_text.h"

#include "base/error.h"

namespace lathe::ops {

size_t find_name(std::string_view what, std::string_view text, const std::string_view* names, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (names[i] == text) return i;
  fail(ErrorCode::corrupt_file, what, fmt::format("expected one of {}", fmt::join(names, names + count, ", ")),
       "'{}' is not known", text.substr(0, 64));
}

}  // namespace lathe::ops
