#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// An environment variable that steers Lathe. Declare it at namespace scope, beside the code that reads it;
/// `lathe knobs` lists all of them with their present values.
class Knob {
 public:
  Knob(std::string_view name, std::string_view meaning, std::string_view fallback);
  std::string_view name() const { return name_; }
  std::string_view meaning() const { return meaning_; }
  std::string_view fallback() const { return fallback_; }
  /// The variable's present value, or the fallback where it is unset or empty.
  std::string value() const;
  /// value() as a whole number; Error(invalid_argument) names the knob when it is none or outside [low, high].
  int64_t integer(int64_t low, int64_t high) const;

  static const std::vector<const Knob*>& all();

 private:
  std::string_view name_, meaning_, fallback_;
};

}  // namespace lathe
