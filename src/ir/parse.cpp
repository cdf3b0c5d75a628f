#include "ir/parse.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

#include "base/error.h"
#include "base/half.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/fill.h"

namespace lathe::ir {
namespace {

[[noreturn]] void bad(std::string_view problem) {
  throw Error(ErrorCode::corrupt_file, "network text", problem, "see ir/print.h for the form");
}

constexpr int kMaxDepth = 16;  ///< of blocks within blocks, and of recipes

/// One line, read from left to right.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  bool done() {
    skip();
    return rest_.empty();
  }
  bool take(std::string_view token) {
    skip();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) bad(fmt::format("'{}' is missing before '{}'", token, rest_.substr(0, 40)));
  }
  /// A bare word or a quoted text.
  std::string name() {
    skip();
    if (rest_.starts_with('"')) return quoted();
    std::string word = bare();
    if (word.empty()) bad(fmt::format("a name is missing before '{}'", rest_.substr(0, 40)));
    return word;
  }
  std::string value_name() {
    expect("%");
    const std::string_view before = rest_;
    std::string text = name();
    // The colon before a type is no part of a bare name.
    if (!before.starts_with('"') && text.back() == ':') {
      text.pop_back();
      rest_ = before.substr(before.size() - rest_.size() - 1);
    }
    if (text.empty()) bad("a value has no name");
    return text;
  }
  ops::TensorType type() {
    skip();
    ops::TensorType type{parse_dtype(bare()), {}};
    type.shape = shape();
    if (type.rank() > Shape::kMaxRank) bad(fmt::format("a rank of {} is beyond {}", type.rank(), Shape::kMaxRank));
    return type;
  }
  std::vector<Dim> shape() {
    std::vector<Dim> list;
    for (std::string_view dim : split_list(bracketed('[', ']'))) list.push_back(Dim::parse(dim));
    return list;
  }
  /// The text before a token, which goes too.
  std::string_view until(std::string_view token) {
    const size_t end = rest_.find(token);
    if (end == std::string_view::npos) bad(fmt::format("'{}' is missing behind '{}'", token, rest_.substr(0, 40)));
    std::string_view before = rest_.substr(0, end);
    rest_.remove_prefix(end + token.size());
    return before;
  }
  ops::Op op() {
    std::string word = name();
    // "op(attributes) (inputs)": attributes follow the name without a space.
    return read_op(word, rest_.starts_with('(') ? attributes() : std::map<std::string, std::string>());
  }
  std::map<std::string, std::string> attributes() {
    std::map<std::string, std::string> list;
    expect("(");
    do {
      std::string key = name();
      expect("=");
      skip();
      std::string value = rest_.starts_with('[') ? fmt::format("[{}]", bracketed('[', ']')) : name();
      if (!list.emplace(std::move(key), std::move(value)).second) bad("an attribute is given twice");
    } while (take(","));
    expect(")");
    return list;
  }
  /// A name, a number, or op(attributes)(recipes).
  ops::RecipePtr recipe(int depth = 0) {
    if (depth > kMaxDepth) bad("a recipe is too deep");
    skip();
    const bool is_name = rest_.starts_with('"');
    const std::string word = name();
    auto made = std::make_shared<Recipe>();
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
  /// The text between brackets, nested ones included.
  std::string_view bracketed(char open, char close) {
    expect(std::string_view(&open, 1));
    int depth = 1;
    for (size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == open) ++depth;
      if (rest_[i] != close || --depth > 0) continue;
      std::string_view inside = rest_.substr(0, i);
      rest_.remove_prefix(i + 1);
      return inside;
    }
    bad(fmt::format("'{}' is not closed", open));
  }
  std::string_view rest() const { return rest_; }

 private:
  void skip() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  std::string bare() {
    size_t end = 0;
    while (end < rest_.size() && is_word_character(rest_[end])) ++end;
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return word;
  }
  std::string quoted() {
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
          if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2) bad("\\x needs two hex digits");
          c = static_cast<char>(byte);
          i += 2;
        }
      }
      text += c;
    }
    bad("a quoted name does not end");
  }
  std::string_view rest_;
};

/// Small numbers that the name decides: FNV-1a, then splitmix64.
Blob pseudo_random(std::string_view name, DType type, size_t bytes) {
  uint64_t state = 0xcbf29ce484222325u;
  for (char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  auto next = [&] {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  };
  std::byte* out = nullptr;
  Blob blob = Blob::zeros(bytes, &out);
  size_t size = size_of(type);
  for (size_t at = 0; at + size <= bytes; at += size) {
    uint64_t bits = next();
    float real = static_cast<float>(static_cast<int64_t>(bits >> 40) - (1 << 23)) / static_cast<float>(1 << 27);
    uint16_t half = type == DType::f16 ? f32_to_f16(real) : f32_to_bf16(real);
    double wide = static_cast<double>(real);
    uint64_t whole = bits & 1;
    const void* from = &whole;
    if (type == DType::f64) from = &wide;
    if (type == DType::f32) from = &real;
    if (type == DType::f16 || type == DType::bf16) from = &half;
    std::memcpy(out + at, from, size);
  }
  return blob;
}

template <class T>
void put_number(std::string_view text, std::byte* out) {
  T value{};
  if constexpr (std::is_same_v<T, float>) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) bad("an element is no number");
  } else if constexpr (std::is_same_v<T, double>) {
    value = read_number(text);
  } else {
    int64_t whole = read_integer(text);
    value = static_cast<T>(whole);
    if (value != whole) bad("an element does not fit its type");
  }
  std::memcpy(out, &value, sizeof(T));
}

class Parser {
 public:
  /// `left`: bytes that constants may have, shared with the blocks of the network.
  Parser(int64_t* left, int depth) : left_(*left), depth_(depth) {
    if (depth > 0) network_.become_block();
  }

  void line(std::string_view text) {
    Line line(text);
    if (inner_) return line_of_block(text);
    if (line.done() || line.take("#")) return;
    if (line.take("block")) {
      if (last_ == kNone) bad("a block follows no node");
      if (depth_ == kMaxDepth) bad(fmt::format("blocks are more than {} deep", kMaxDepth));
      inner_ = std::make_unique<Parser>(&left_, depth_ + 1);
    } else if (line.take("network ")) {
      network_.name = line.name();
    } else if (line.take("input ")) {
      input(line);
    } else if (line.take("constant ")) {
      constant(line);
    } else if (line.take("output ")) {
      output(line);
    } else if (line.take("entry ")) {
      entry(line);
    } else if (line.take("equal ")) {
      equality(line);
    } else {
      node(line);
    }
    if (!line.done()) bad(fmt::format("nothing is expected where '{}' stands", line.rest().substr(0, 40)));
  }

  Network finish() {
    if (inner_) bad("a block does not end");
    verify(network_);
    return std::move(network_);
  }

 private:
  void line_of_block(std::string_view text) {
    Line line(text);
    if (inner_->inner_ || !line.take("end") || !line.done()) return inner_->line(text);
    network_.add_block(last_, std::make_shared<Network>(inner_->finish()));
    inner_.reset();
  }

  void declare(const std::string& name, ValueId id) {
    if (!values_.emplace(name, id).second) bad(fmt::format("the value '{}' is made twice", name.substr(0, 80)));
    network_.value(id).name = name;
    network_.claim_name(name);
  }
  ValueId known(Line& line) {
    std::string name = line.value_name();
    auto place = values_.find(name);
    if (place == values_.end()) bad(fmt::format("the value '{}' is not made before", name.substr(0, 80)));
    return place->second;
  }
  static InputDefault absent(Line& line) {
    InputDefault value = InputDefault::required;
    ops::parse(line.name(), value);
    return value;
  }

  static PortRole role(Line& line) {
    PortRole result;
    if (!line.take("as ")) return result;
    result.role = parse_role(line.name());
    if (!line.done()) result.of = line.name();
    return result;
  }

  void input(Line& line) {
    std::string name = line.value_name();
    line.expect(":");
    ops::TensorType type = line.type();
    std::vector<Dim> declared;
    if (line.take("declared ")) declared = line.shape();
    if (!declared.empty() && declared.size() != type.shape.size()) bad("an input is declared with another rank");
    InputDefault left_out = line.take("=") ? absent(line) : InputDefault::required;
    declare(name, network_.add_input(name, type, left_out, role(line)));
    if (!declared.empty()) network_.inputs.back().declared = std::move(declared);
  }

  void constant(Line& line) {
    std::string name = line.value_name();
    line.expect(":");
    ops::TensorType type = line.type();
    int64_t count = 1;
    for (const Dim& d : type.shape) {
      if (!d.is_constant() || d.constant() < 0) bad("a constant needs constant dimensions");
      count = saturating_mul(count, d.constant());
    }
    const int64_t bytes = bytes_of(type.dtype, count);
    line.expect("=");
    bool random = line.take("random");
    if (bytes > left_) bad(fmt::format("the constants are larger than the limit; this one has {} bytes", bytes));
    Constant made{random ? pseudo_random(name, type.dtype, static_cast<size_t>(bytes))
                         : content(line, type.dtype, static_cast<size_t>(bytes)),
                  nullptr};
    left_ -= bytes;
    if (line.take("#")) made.recipe = line.recipe();
    declare(name, network_.add_constant(name, type, std::move(made)));
  }

  static Blob content(Line& line, DType type, size_t bytes) {
    size_t size = size_of(type), at = 0;
    if (line.take("0x")) {
      std::string digits = bytes == 0 ? std::string() : line.name();
      if (digits.size() != 2 * bytes) bad(fmt::format("{} hex digits stand for {} bytes", digits.size(), bytes));
      std::byte* out = nullptr;
      Blob blob = Blob::zeros(bytes, &out);
      for (; at < bytes; ++at) {
        unsigned byte = 0;
        const char* begin = digits.data() + 2 * at;
        auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
        if (error != std::errc() || end != begin + 2) bad("a constant has bytes that are no hex digits");
        out[at] = static_cast<std::byte>(byte);
      }
      return blob;
    }
    std::vector<std::string_view> items = split_list(line.bracketed('[', ']'));
    if (items.size() * size != bytes) bad(fmt::format("{} elements stand for {} bytes", items.size(), bytes));
    std::byte* out = nullptr;
    Blob blob = Blob::zeros(bytes, &out);
    for (std::string_view item : items) {
      if (type == DType::f32)
        put_number<float>(item, out + at);
      else if (type == DType::f64)
        put_number<double>(item, out + at);
      else if (type == DType::i32)
        put_number<int32_t>(item, out + at);
      else if (type == DType::i64)
        put_number<int64_t>(item, out + at);
      else
        bad("elements of this type are given as bytes, 0x..");
      at += size;
    }
    return blob;
  }

  void node(Line& line) {
    std::vector<std::pair<std::string, ops::TensorType>> made;
    do {
      std::string name = line.value_name();
      line.expect(":");
      made.emplace_back(std::move(name), line.type());
    } while (line.take(","));
    line.expect("=");
    ops::Op op = line.op();
    std::vector<ValueId> inputs;
    line.expect("(");
    if (!line.take(")")) {
      do inputs.push_back(known(line));
      while (line.take(","));
      line.expect(")");
    }
    std::string name = line.take("@") ? line.name() : implied_name(made[0].first, made.size());
    if (!nodes_.emplace(name, true).second) bad(fmt::format("two nodes are named '{}'", name.substr(0, 80)));
    std::vector<std::string> origins;
    if (line.take("#")) {
      do origins.push_back(line.name());
      while (line.take(","));
    }
    std::vector<ValueId> outputs = network_.add(std::move(op), std::move(inputs), name, std::move(origins));
    if (outputs.size() != made.size())
      bad(fmt::format("the op makes {} values, {} are named", outputs.size(), made.size()));
    last_ = network_.value(outputs[0]).producer;
    network_.node(last_).name = name;
    network_.claim_name(name);
    for (size_t i = 0; i < made.size(); ++i) {
      const ops::TensorType& type = network_.value(outputs[i]).type;
      if (!(type == network_.renamed(made[i].second)))
        bad(fmt::format("'{}' is {} by the op's rule, not {}", made[i].first.substr(0, 80), to_string(type),
                        to_string(made[i].second)));
      declare(made[i].first, outputs[i]);
    }
  }

  static std::string implied_name(const std::string& value, size_t count) {
    std::string_view suffix = count == 1 ? ".out" : ".out0";
    if (!value.ends_with(suffix)) bad(fmt::format("a node whose value is '{}' needs a @name", value.substr(0, 80)));
    return value.substr(0, value.size() - suffix.size());
  }

  void output(Line& line) {
    std::string name = line.name();
    line.expect("=");
    ValueId id = known(line);
    const bool on_demand = line.take("on_demand");
    network_.mark_output(name, id, on_demand, role(line));
  }

  void entry(Line& line) {
    std::string name = line.name();
    line.expect("=");
    ValueId id = known(line);
    const InputDefault left_out = absent(line);
    network_.mark_entry(name, id, left_out, role(line));
  }

  void equality(Line& line) {
    const Dim a = Dim::parse(line.until(" == ")), b = Dim::parse(line.until(" by "));
    const std::string by = line.name();
    const std::vector<Equality> compared = network_.compared();
    if (std::any_of(compared.begin(), compared.end(), [&](const Equality& e) { return e.a == a && e.b == b; })) return;
    if (!(network_.renamed(a) == network_.renamed(b)) && !network_.unify(a, b, by))
      bad(fmt::format("no node needs {} == {}, and they are no names of one size", a.str(), b.str()));
  }

  Network network_;
  std::map<std::string, ValueId> values_;
  std::map<std::string, bool> nodes_;
  NodeId last_ = kNone;            ///< what a block belongs to
  std::unique_ptr<Parser> inner_;  ///< of the block that is being read
  int64_t& left_;
  int depth_;
};

}  // namespace

Network parse(std::string_view text, const ParseOptions& options) {
  int64_t left = options.max_constant_bytes;
  Parser parser(&left, 0);
  for (size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    try {
      parser.line(line);
    } catch (const Error& error) {
      fail(ErrorCode::corrupt_file, fmt::format("line {}", number), {}, "{}", error.what());
    }
  }
  try {
    return parser.finish();
  } catch (const Error& error) {
    fail(ErrorCode::corrupt_file, "network text", {}, "{}", error.what());
  }
}

}  // namespace lathe::ir
