#include "ir/line.h"

#include <charconv>

#include "base/error.h"
#include "ir/fold.h"
#include "ir/text.h"
#include "ops/fill.h"

namespace lathe::ir {
namespace {}

void bad_text(std::string_view problem) {
  throw Error(ErrorCode::corrupt_file, "network text", problem, "see ir/print.h for the form");
}

bool Line::done() {
  skip();
  return rest_.empty();
}

bool Line::take(std::string_view token) {
  skip();
  if (!rest_.starts_with(token)) return false;
  rest_.remove_prefix(token.size());
  return true;
}

void Line::expect(std::string_view token) {
  if (!take(token)) bad_text(fmt::format("'{}' is missing before '{}'", token, rest_.substr(0, 40)));
}

std::string Line::name() {
  skip();
  if (rest_.starts_with('"')) return quoted();
  std::string word = bare();
  if (word.empty()) bad_text(fmt::format("a name is missing before '{}'", rest_.substr(0, 40)));
  return word;
}

std::string Line::value_name() {
  expect("%");
  const std::string_view before = rest_;
  std::string text = name();
  // The colon before a type is no part of a bare name.
  if (!before.starts_with('"') && text.back() == ':') {
    text.pop_back();
    rest_ = before.substr(before.size() - rest_.size() - 1);
  }
  if (text.empty()) bad_text("a value has no name");
  return text;
}

ops::TensorType Line::type() {
  skip();
  ops::TensorType type{parse_dtype(bare()), {}};
  type.shape = shape();
  if (type.rank() > Shape::kMaxRank) bad_text(fmt::format("a rank of {} is beyond {}", type.rank(), Shape::kMaxRank));
  return type;
}

std::vector<Dim> Line::shape() {
  std::vector<Dim> list;
  for (std::string_view dim : split_list(bracketed('[', ']'))) list.push_back(Dim::parse(dim));
  return list;
}

std::string_view Line::until(std::string_view token) {
  const size_t end = rest_.find(token);
  if (end == std::string_view::npos) bad_text(fmt::format("'{}' is missing behind '{}'", token, rest_.substr(0, 40)));
  std::string_view before = rest_.substr(0, end);
  rest_.remove_prefix(end + token.size());
  return before;
}

ops::Op Line::op() {
  std::string word = name();
  // "op(attributes) (inputs)": attributes follow the name without a space.
  return read_op(word, rest_.starts_with('(') ? attributes() : std::map<std::string, std::string>());
}

std::map<std::string, std::string> Line::attributes() {
  std::map<std::string, std::string> list;
  expect("(");
  do {
    std::string key = name();
    expect("=");
    skip();
    std::string value = rest_.starts_with('[') ? fmt::format("[{}]", bracketed('[', ']')) : name();
    if (!list.emplace(std::move(key), std::move(value)).second) bad_text("an attribute is given twice");
  } while (take(","));
  expect(")");
  return list;
}

ops::RecipePtr Line::recipe(int depth) {
  if (depth > kDeepestRecipe) bad_text("a recipe is too deep");
  skip();
  const bool is_name = rest_.starts_with('"');
  const std::string word = name();
  auto made = std::make_shared<ops::Recipe>();
  if (!rest_.starts_with('(')) {
    float number = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (!is_name && error == std::errc() && end == word.data() + word.size())
      made->op = ops::Fill{DType::f32, {}, static_cast<double>(number)};
    else
      made->source = word;
    return made;
  }
  // Attributes stand before the arguments' brackets.
  Line after = *this;
  after.bracketed('(', ')');
  std::map<std::string, std::string> attributes;
  if (after.rest_.starts_with('(')) attributes = this->attributes();
  made->op = read_op(word, attributes);
  expect("(");
  if (take(")")) return made;
  do made->arguments.push_back(recipe(depth + 1));
  while (take(","));
  expect(")");
  return made;
}

std::string_view Line::bracketed(char open, char close) {
  expect(std::string_view(&open, 1));
  int depth = 1;
  for (size_t i = 0; i < rest_.size(); ++i) {
    if (rest_[i] == open) ++depth;
    if (rest_[i] != close || --depth > 0) continue;
    std::string_view inside = rest_.substr(0, i);
    rest_.remove_prefix(i + 1);
    return inside;
  }
  bad_text(fmt::format("'{}' is not closed", open));
}

void Line::skip() {
  while (rest_.starts_with(' ')) rest_.remove_prefix(1);
}

std::string Line::bare() {
  size_t end = 0;
  while (end < rest_.size() && is_word_character(rest_[end])) ++end;
  std::string word(rest_.substr(0, end));
  rest_.remove_prefix(end);
  return word;
}

std::string Line::quoted() {
  std::string text;
  for (size_t i = 1; i < rest_.size(); ++i) {
    char c = rest_[i];
    if (c == '"') {
      rest_.remove_prefix(i + 1);
      return text;
    }
    if (c == '\\') {
      if (++i == rest_.size()) break;
      c = rest_[i];
      if (c == 'x') {
        unsigned byte = 0;
        std::string_view digits = rest_.substr(i + 1, 2);
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2)
          bad_text("\\x needs two hex digits");
        c = static_cast<char>(byte);
        i += 2;
      }
    }
    text += c;
  }
  bad_text("a quoted name does not end");
}

}  // namespace lathe::ir
