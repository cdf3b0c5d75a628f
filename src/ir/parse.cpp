#include "ir/parse.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "ir/constant_text.h"
#include "ir/line.h"
#include "ir/verify.h"

namespace lathe::ir {
namespace {

constexpr int kMaxDepth = 16;  ///< of blocks within blocks

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
      if (last_ == kNone) bad_text("a block follows no node");
      if (depth_ == kMaxDepth) bad_text(fmt::format("blocks are more than {} deep", kMaxDepth));
      inner_ = std::make_unique<Parser>(&left_, depth_ + 1);
    } else if (line.take("network ")) {
      network_.name = line.name();
    } else if (line.take("input ")) {
      input(line);
    } else if (line.take("constant ")) {
      constant(line);
    } else if (line.take("output ")) {
      output(line);
    } else if (line.take("size ")) {
      definition(line);
    } else if (line.take("entry ")) {
      entry(line);
    } else if (line.take("equal ")) {
      equality(line);
    } else {
      node(line);
    }
    if (!line.done()) bad_text(fmt::format("nothing is expected where '{}' stands", line.rest().substr(0, 40)));
  }

  Network finish() {
    if (inner_) bad_text("a block does not end");
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
    if (!values_.emplace(name, id).second) bad_text(fmt::format("the value '{}' is made twice", name.substr(0, 80)));
    network_.value(id).name = name;
    network_.claim_name(name);
  }
  ValueId known(Line& line) {
    std::string name = line.value_name();
    auto place = values_.find(name);
    if (place == values_.end()) bad_text(fmt::format("the value '{}' is not made before", name.substr(0, 80)));
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
    if (!declared.empty() && declared.size() != type.shape.size()) bad_text("an input is declared with another rank");
    std::vector<Dim> elements;
    if (line.take("elements ")) elements = line.shape();
    if (!elements.empty() && static_cast<int64_t>(elements.size()) != ops::followed(type))
      bad_text("an input has other elements than its type");
    InputDefault left_out = line.take("=") ? absent(line) : InputDefault::required;
    declare(name, network_.add_input(name, type, left_out, role(line)));
    if (!declared.empty()) network_.inputs.back().declared = std::move(declared);
    if (!elements.empty()) network_.name_elements(network_.inputs.back().value, {elements.begin(), elements.end()});
  }

  void constant(Line& line) {
    std::string name = line.value_name();
    line.expect(":");
    ops::TensorType type = line.type();
    int64_t count = 1;
    for (const Dim& d : type.shape) {
      if (!d.is_constant() || d.constant() < 0) bad_text("a constant needs constant dimensions");
      count = saturating_mul(count, d.constant());
    }
    const int64_t bytes = bytes_of(type.dtype, count);
    line.expect("=");
    bool random = line.take("random");
    if (bytes > left_) bad_text(fmt::format("the constants are larger than the limit; this one has {} bytes", bytes));
    Constant made{random ? pseudo_random(name, type.dtype, static_cast<size_t>(bytes))
                         : read_content(line, type.dtype, static_cast<size_t>(bytes)),
                  nullptr};
    left_ -= bytes;
    if (line.take("#")) made.recipe = line.recipe();
    declare(name, network_.add_constant(name, type, std::move(made)));
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
    if (!nodes_.emplace(name, true).second) bad_text(fmt::format("two nodes are named '{}'", name.substr(0, 80)));
    std::vector<std::string> origins;
    if (line.take("#")) {
      do origins.push_back(line.name());
      while (line.take(","));
    }
    std::vector<ValueId> outputs = network_.add(std::move(op), std::move(inputs), name, std::move(origins));
    if (outputs.size() != made.size())
      bad_text(fmt::format("the op makes {} values, {} are named", outputs.size(), made.size()));
    last_ = network_.value(outputs[0]).producer;
    network_.node(last_).name = name;
    network_.claim_name(name);
    for (size_t i = 0; i < made.size(); ++i) {
      const ops::TensorType& type = network_.value(outputs[i]).type;
      if (!(type == network_.renamed(made[i].second)))
        bad_text(fmt::format("'{}' is {} by the op's rule, not {}", made[i].first.substr(0, 80), to_string(type),
                             to_string(made[i].second)));
      declare(made[i].first, outputs[i]);
    }
  }

  static std::string implied_name(const std::string& value, size_t count) {
    std::string_view suffix = count == 1 ? ".out" : ".out0";
    if (!value.ends_with(suffix))
      bad_text(fmt::format("a node whose value is '{}' needs a @name", value.substr(0, 80)));
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

  void definition(Line& line) {
    Dim size = Dim::parse(line.until(" = ")), value = Dim::parse(line.until(" by "));
    network_.define(std::move(size), std::move(value), line.name());
  }

  void equality(Line& line) {
    const Dim a = Dim::parse(line.until(" == ")), b = Dim::parse(line.until(" by "));
    const std::string by = line.name();
    if (is_compared(a, b)) return;
    if (!(network_.renamed(a) == network_.renamed(b)) && !network_.unify(a, b, by))
      bad_text(fmt::format("no node needs {} == {}, and they are no names of one size", a.str(), b.str()));
  }

  /// Names that are no more are in none of what nodes need: a long list of them is not looked for.
  bool is_compared(const Dim& a, const Dim& b) const {
    for (const Dim& d : {a, b})
      for (const std::string& symbol : d.symbols())
        if (!network_.speaks_of(symbol)) return false;
    const std::vector<Equality> compared = network_.compared();
    return std::any_of(compared.begin(), compared.end(), [&](const Equality& e) { return e.a == a && e.b == b; });
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
