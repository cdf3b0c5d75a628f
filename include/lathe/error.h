#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "lathe/export.h"

namespace lathe {

/// Stable codes: a value never changes its meaning. Names are printed by `to_string`.
enum class ErrorCode : int {
  ok = 0,
  invalid_argument = 1,     ///< a value that the call does not accept
  not_found = 2,            ///< a file, tensor, name or option that is not there
  io = 3,                   ///< the operating system refused a read or a write
  corrupt_file = 4,         ///< a file whose content contradicts itself or its format
  unsupported = 5,          ///< valid, but Lathe does not do it (the message says what it does do)
  unsupported_version = 6,  ///< a file of another format version
  unsupported_machine = 7,  ///< this machine lacks what the request needs
  shape_mismatch = 8,       ///< tensors whose shapes or types do not fit together
  out_of_range = 9,         ///< an index, id or length over its limit
  out_of_memory = 10,       ///< memory could not be had
  internal = 11,            ///< a defect of Lathe: please report it with the message
  device = 12,              ///< a device failed, or a queue of it
};

LATHE_API std::string_view to_string(ErrorCode code);

/// What cold code throws. what() is one line: "<where>: <problem>; <cure>".
///   where    the file, tensor, node or option concerned (may be empty)
///   problem  what is wrong, with the values seen
///   cure     what to do about it (may be empty)
class LATHE_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string_view where, std::string_view problem, std::string_view cure = {});
  ErrorCode code() const noexcept { return code_; }
  /// The parts of what(), for callers that name the place or the cure in their own words.
  const std::string& where() const noexcept { return parts_->where; }
  const std::string& problem() const noexcept { return parts_->problem; }
  const std::string& cure() const noexcept { return parts_->cure; }

 private:
  struct Parts {
    std::string where, problem, cure;
  };
  ErrorCode code_;
  std::shared_ptr<const Parts> parts_;  ///< shared: copying an exception must not throw
};

}  // namespace lathe
