#include "ops/op.h"

#include <algorithm>

#include "base/error.h"
#include "ops/masked.h"
#include "ops/rows.h"

namespace lathe::ops {

#define LATHE_OP(name) const OpInfo& op_info_##name();
#define LATHE_CONTROL_OP(name) LATHE_OP(name)
#include "ops/op_list.inc"
#undef LATHE_CONTROL_OP
#undef LATHE_OP

namespace {

/// Prints "name=value" for attributes that differ from the defaults.
class Printer : public AttributeVisitor {
 public:
  using AttributeVisitor::field;
  void field(std::string_view name, int64_t& v) override { add(name, std::to_string(v)); }
  void field(std::string_view name, double& v) override { add(name, fmt::format("{}", v)); }
  void field(std::string_view name, bool& v) override { add(name, v ? "true" : "false"); }
  void field(std::string_view name, std::string& v) override { add(name, quoted_if_odd(v)); }
  void field(std::string_view name, std::vector<int64_t>& v) override {
    add(name, fmt::format("[{}]", fmt::join(v, ", ")));
  }
  void field(std::string_view name, std::vector<Dim>& v) override { add(name, lathe::to_string(v)); }
  void field(std::string_view name, std::vector<TensorType>& v) override {
    std::vector<std::string> types;
    for (const TensorType& type : v) types.push_back(to_string(type));
    add(name, fmt::format("[{}]", fmt::join(types, ", ")));
  }
  std::vector<std::pair<std::string, std::string>> fields;

 private:
  void add(std::string_view name, std::string value) { fields.emplace_back(name, std::move(value)); }
};

/// Shows every dimension to a function, which may change it.
class DimVisitor : public AttributeVisitor {
 public:
  explicit DimVisitor(const std::function<void(Dim&)>& visit) : visit_(visit) {}
  using AttributeVisitor::field;
  void field(std::string_view, int64_t&) override {}
  void field(std::string_view, double&) override {}
  void field(std::string_view, bool&) override {}
  void field(std::string_view, std::string&) override {}
  void field(std::string_view, std::vector<int64_t>&) override {}
  void field(std::string_view, std::vector<Dim>& v) override {
    for (Dim& d : v) visit_(d);
  }
  void field(std::string_view, std::vector<TensorType>& v) override {
    for (TensorType& type : v)
      for (Dim& d : type.shape) visit_(d);
  }

 private:
  const std::function<void(Dim&)>& visit_;
};

}  // namespace

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '/' || c == ':' || c == '-' || c == '+';
}

std::string quoted_if_odd(std::string_view name) {
  // A name that ends in ':' would swallow the colon before a type.
  bool bare = !name.empty() && name.back() != ':';
  for (char c : name) bare = bare && is_word_character(c);
  if (bare) return std::string(name);
  std::string text = "\"";
  for (char c : name) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      text += fmt::format("\\{}", c);
    else if (byte < 0x20 || byte == 0x7f)
      text += fmt::format("\\x{:02x}", byte);
    else
      text += c;
  }
  return text + "\"";
}

std::string to_string(const TensorType& type) {
  return std::string(lathe::to_string(type.dtype)) + lathe::to_string(type.shape);
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t start = 0;
  auto trim = [](std::string_view part) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    return part;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '[') ++depth;
    if (text[i] == ')' || text[i] == ']') --depth;
    if (text[i] != ',' || depth != 0) continue;
    parts.push_back(trim(text.substr(start, i - start)));
    start = i + 1;
  }
  std::string_view last = trim(text.substr(start));
  if (!last.empty() || !parts.empty()) parts.push_back(last);
  return parts;
}

TensorType parse_type(std::string_view text) {
  const size_t open = text.find('[');
  if (open == std::string_view::npos || !text.ends_with(']'))
    fail(ErrorCode::corrupt_file, "type", {}, "'{}' is no type such as f32[n, 4]", text.substr(0, 80));
  TensorType type{parse_dtype(text.substr(0, open)), {}};
  for (std::string_view dim : split_list(text.substr(open + 1, text.size() - open - 2)))
    type.shape.push_back(Dim::parse(dim));
  if (type.rank() > Shape::kMaxRank)
    fail(ErrorCode::corrupt_file, "type", {}, "a rank of {} is beyond {}", type.rank(), Shape::kMaxRank);
  return type;
}

void Op::inspect(AttributeVisitor& visitor) const {
  std::shared_ptr<void> copy = info_->clone(attributes_.get());
  info_->visit(copy.get(), visitor);
}

std::optional<RowForm> Op::row_form(const RowQuestion& question) const {
  RowForm form;
  if (!info_->row_form || !info_->row_form(attributes_.get(), question, form)) return std::nullopt;
  return form;
}

std::optional<Masked> Op::masked() const {
  Masked found;
  if (!info_->masked || !info_->masked(attributes_.get(), found)) return std::nullopt;
  return found;
}

bool Op::takes_narrow(size_t input) const {
  if (!traits().narrow) return false;
  return !info_->takes_narrow || info_->takes_narrow(attributes_.get(), input);
}

Op Op::storing(DType type) const {
  if (!info_->store) return *this;
  std::shared_ptr<void> copy = info_->clone(attributes_.get());
  info_->store(copy.get(), type);
  return Op(*info_, std::move(copy));
}

std::vector<Dim> Op::dims() const {
  std::vector<Dim> found;
  const std::function<void(Dim&)> note = [&](Dim& d) { found.push_back(d); };
  DimVisitor visitor(note);
  inspect(visitor);
  return found;
}

Op Op::with_dims(const std::function<Dim(const Dim&)>& replacement) const {
  const std::function<void(Dim&)> replace = [&](Dim& d) { d = replacement(d); };
  DimVisitor visitor(replace);
  std::shared_ptr<void> copy = info_->clone(attributes_.get());
  info_->visit(copy.get(), visitor);
  return Op(*info_, std::move(copy));
}

Types Op::infer(const Types& inputs) const {
  Equalities needed;
  Types types = infer(inputs, needed);
  if (!needed.empty())
    reject(name(), inputs,
           fmt::format("{} and {} differ or cannot be proved equal", needed[0].a.str(), needed[0].b.str()));
  return types;
}

std::pair<Op, size_t> Op::resolve(const Types& inputs, const Contents& known) const {
  if (!resolves()) return {*this, inputs.size()};
  std::shared_ptr<void> copy = info_->clone(attributes_.get());
  const size_t remaining = info_->resolve(copy.get(), inputs, known);
  return {Op(*info_, std::move(copy)), remaining};
}

Elements Op::elements(const Types& inputs, const Contents& known, const TensorType& output) const {
  const int64_t count = followed(output);
  if (!knows_elements() || count < 0) return std::nullopt;
  Elements found = info_->elements(attributes_.get(), inputs, known);
  return found && static_cast<int64_t>(found->size()) == count ? found : std::nullopt;
}

std::string Op::str() const {
  Printer own, defaults;
  inspect(own);
  Op(*info_, info_->make()).inspect(defaults);
  std::string text;
  for (size_t i = 0; i < own.fields.size(); ++i)
    if (own.fields[i] != defaults.fields[i])
      text += (text.empty() ? "" : ", ") + own.fields[i].first + "=" + own.fields[i].second;
  return text.empty() ? std::string(name()) : fmt::format("{}({})", name(), text);
}

const std::vector<const OpInfo*>& all_ops() {
  static const std::vector<const OpInfo*> ops = {
#define LATHE_OP(name) &op_info_##name(),
#define LATHE_CONTROL_OP(name) LATHE_OP(name)
#include "ops/op_list.inc"
#undef LATHE_CONTROL_OP
#undef LATHE_OP
  };
  return ops;
}

const OpInfo& find_op(std::string_view name) {
  for (const OpInfo* info : all_ops())
    if (info->name == name) return *info;
  fail(ErrorCode::unsupported, name, "use a newer Lathe", "no op of this name in this version");
}

Op make_op(std::string_view name, AttributeVisitor& reader) {
  const OpInfo& info = find_op(name);
  std::shared_ptr<void> attributes = info.make();
  info.visit(attributes.get(), reader);
  return Op(info, std::move(attributes));
}

void reject(std::string_view op, const Types& inputs, std::string_view reason) {
  constexpr size_t kShown = 8;  // a line has no room for thousands
  std::string types;
  for (size_t i = 0; i < std::min(inputs.size(), kShown); ++i) types += (i == 0 ? "" : ", ") + to_string(inputs[i]);
  if (inputs.size() > kShown) types += fmt::format(" and {} more", inputs.size() - kShown);
  fail(ErrorCode::shape_mismatch, op, {}, "{} (inputs: {})", reason, types.empty() ? "none" : types);
}

}  // namespace lathe::ops
