#include "base/knobs.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace lathe {
namespace {
std::vector<const Knob*>& registry() {
  static std::vector<const Knob*> knobs;
  return knobs;
}
}  // namespace

Knob::Knob(std::string_view name, std::string_view meaning, std::string_view fallback)
    : name_(name), meaning_(meaning), fallback_(fallback) {
  registry().push_back(this);
}

std::string Knob::value() const {
  const char* text = std::getenv(std::string(name_).c_str());
  return text && *text ? std::string(text) : std::string(fallback_);
}

int64_t Knob::integer(int64_t low, int64_t high) const {
  std::string text = value();
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high)
    fail(ErrorCode::invalid_argument, name_, fmt::format("set a whole number from {} to {}", low, high),
         "'{}' is not accepted", text);
  return number;
}

const std::vector<const Knob*>& Knob::all() { return registry(); }

}  // namespace lathe
