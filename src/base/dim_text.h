#pragma once
#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace lathe {

/// Reads the text form of dimensions (Dim::str) into what `Algebra` makes of it:
///
///   sum := product (('+' | '-') product)*;  product := unary ('*' unary)*
///   unary := '-' unary | integer | name | '$' name | name '(' sum ',' sum ')' | '(' sum ')'
///
/// Algebra has a type Value and the functions number(int64_t), symbol(name), add(a, b), subtract(a, b), and, which call
/// bad() for what is too large or no function, multiply(a, b, bad) and call(name, a, b, bad). Error(corrupt_file) for
/// other text.
template <class Algebra>
class DimTextReader {
 public:
  using Value = typename Algebra::Value;
  DimTextReader(std::string_view text, Algebra& algebra) : text_(text), algebra_(algebra) {}

  Value read() {
    Value result = sum(0);
    skip();
    if (at_ != text_.size()) bad();
    return result;
  }

 private:
  static constexpr int kMaxDepth = 32;
  static constexpr int64_t kLargest = int64_t{1} << 62;

  [[noreturn]] void bad() const {
    fail(ErrorCode::corrupt_file, "dimension", "expected sums and products of whole numbers and names",
         "cannot read '{}' at character {}", text_.substr(0, 80), at_);
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Value sum(int depth) {
    Value result = product(depth);
    while (true) {
      if (take('+'))
        result = algebra_.add(result, product(depth));
      else if (take('-'))
        result = algebra_.subtract(result, product(depth));
      else
        return result;
    }
  }
  Value product(int depth) {
    Value result = unary(depth);
    while (take('*')) result = algebra_.multiply(result, unary(depth), [this] { bad(); });
    return result;
  }
  Value unary(int depth) {
    if (depth > kMaxDepth || text_.size() > 4096) bad();
    if (take('-')) return algebra_.subtract(algebra_.number(0), unary(depth + 1));
    if (take('(')) {
      Value result = sum(depth + 1);
      if (!take(')')) bad();
      return result;
    }
    skip();
    if (at_ < text_.size() && is_digit(text_[at_])) return number();
    const size_t start = at_;
    if (at_ < text_.size() && text_[at_] == '$') ++at_;  // a number of any sign (base/number.h)
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (name.empty() || name == "$") bad();
    if (!take('(')) return algebra_.symbol(name);
    Value a = sum(depth + 1);
    if (!take(',')) bad();
    Value b = sum(depth + 1);
    if (!take(')')) bad();
    return algebra_.call(name, a, b, [this] { bad(); });
  }
  Value number() {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc() || value > kLargest) bad();
    at_ = static_cast<size_t>(end - text_.data());
    return algebra_.number(value);
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.'; }

  std::string_view text_;
  Algebra& algebra_;
  size_t at_ = 0;
};

}  // namespace lathe
