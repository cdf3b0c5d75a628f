#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ops/op.h"
#include "ops/recipe.h"

namespace lathe::ir {

/// Error(corrupt_file) about the text of a network.
[[noreturn]] void bad_text(std::string_view problem);

/// One line of a network's text, read from left to right; spaces between words mean nothing. What is not as it must be
/// is bad_text().
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  bool done();
  /// Whether the token stood here, which then is behind.
  bool take(std::string_view token);
  void expect(std::string_view token);
  /// A bare word or a quoted text.
  std::string name();
  /// A name behind a %.
  std::string value_name();
  ops::TensorType type();
  std::vector<Dim> shape();
  /// The text before a token, which goes too.
  std::string_view until(std::string_view token);
  ops::Op op();
  /// "(key=value, ..)"
  std::map<std::string, std::string> attributes();
  /// A name, a number, or op(attributes)(recipes).
  ops::RecipePtr recipe(int depth = 0);
  /// The text between brackets, nested ones included.
  std::string_view bracketed(char open, char close);
  std::string_view rest() const { return rest_; }

 private:
  void skip();
  std::string bare();
  std::string quoted();
  std::string_view rest_;
};

}  // namespace lathe::ir
