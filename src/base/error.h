#pragma once
#include <fmt/format.h>

#include "lathe/error.h"

namespace lathe {

/// throw Error(code, where, formatted problem, cure): the form for problems that name values.
template <class... Args>
[[noreturn]] void fail(ErrorCode code, std::string_view where, std::string_view cure,
                       fmt::format_string<Args...> problem, Args&&... args) {
  throw Error(code, where, fmt::format(problem, std::forward<Args>(args)...), cure);
}

}  // namespace lathe
