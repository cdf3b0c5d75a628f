// Sizes as values: what a run computes them from.
#include "base/dim_text.h"
#include "base/number.h"
#include "frontends/onnx/write/body.h"
#include "frontends/onnx/write/element_type.h"

namespace lathe::onnx {
namespace {

/// What a size's text is spelt as.
struct Spelt {
  std::string value;  ///< i64 [1]
  Dim size;
};

class SizeAlgebra {
 public:
  using Value = Spelt;
  explicit SizeAlgebra(Body& body) : body_(body) {}

  Value number(int64_t n) { return {body_.integers({n}), Dim(n)}; }
  Value symbol(std::string_view name) { return {body_.symbol(name), Dim::symbol(name)}; }
  Value add(const Value& a, const Value& b) { return {body_.emit("Add", {a.value, b.value}), a.size + b.size}; }
  Value subtract(const Value& a, const Value& b) { return {body_.emit("Sub", {a.value, b.value}), a.size - b.size}; }
  template <class Bad>
  Value multiply(const Value& a, const Value& b, const Bad& /*bad*/) {
    if (a.size == Dim(1)) return b;
    return {body_.emit("Mul", {a.value, b.value}), a.size * b.size};
  }
  template <class Bad>
  Value call(std::string_view name, const Value& a, const Value& b, const Bad& bad) {
    if (name == "floordiv") return floordiv(a, b);
    if (name == "ceildiv") return floordiv(subtract(add(a, b), number(1)), b);
    if (name == "min") return {body_.emit("Min", {a.value, b.value}), Dim::min(a.size, b.size)};
    if (name != "max") bad();
    return {body_.emit("Max", {a.value, b.value}), Dim::max(a.size, b.size)};
  }

 private:
  /// Div truncates: of what may be negative the rest goes first.
  Value floordiv(const Value& a, const Value& b) {
    const bool whole = a.size.is_rising() && b.size.is_rising();
    const std::string from = whole ? a.value : body_.emit("Sub", {a.value, body_.emit("Mod", {a.value, b.value})});
    return {body_.emit("Div", {from, b.value}), Dim::floordiv(a.size, b.size)};
  }

  Body& body_;
};

}  // namespace

void Body::offer(const std::string& value, const ops::TensorType& type) {
  for (size_t axis = 0; axis < type.shape.size(); ++axis)
    if (!type.shape[axis].is_constant()) sources_.try_emplace(type.shape[axis].str(), value, axis, type.shape[axis]);
}

void Body::offer_elements(const std::string& value, const ops::Elements& elements) {
  for (size_t i = 0; elements && i < elements->size(); ++i) {
    if (!(*elements)[i]) continue;
    const std::string name = (*elements)[i]->str();
    sources_.try_emplace(name, value, i, *(*elements)[i], true);
    if (is_number(name)) sources_.try_emplace(name.substr(1), value, i, Dim::symbol(name.substr(1)), true);
  }
}

std::string Body::read(const Source& source) {
  const auto axis = static_cast<int64_t>(source.axis);
  if (source.is_element) {
    const std::string flat = emit("Reshape", {source.value, integers({-1})});
    const std::string element = emit("Slice", {flat, integers({axis}), integers({axis + 1})});
    return emit("Cast", {element}, {attribute("to", static_cast<int64_t>(element_of(DType::i64)))});
  }
  return emit("Shape", {source.value}, {attribute("start", axis), attribute("end", axis + 1)});
}

std::optional<std::string> Body::known_size(const std::string& text) {
  for (Body* body = this; body != nullptr; body = body->outer_)
    if (const auto known = body->sizes_.find(text); known != body->sizes_.end()) return known->second;
  for (Body* body = this; body != nullptr; body = body->outer_)
    if (const auto source = body->sources_.find(text); source != body->sources_.end())
      return sizes_[text] = share(read(source->second));
  return std::nullopt;
}

std::string Body::symbol(std::string_view name) {
  const std::string text(name);
  if (const auto known = known_size(text)) return *known;
  for (Body* body = this; body != nullptr; body = body->outer_)
    for (const auto& [_, source] : body->sources_) {
      const auto parts = source.size.linear_in(name);  // a * name + b
      if (!parts || !parts->first.is_constant() || !parts->second.is_constant() || parts->first == Dim(0)) continue;
      const std::string rest = emit("Sub", {read(source), integers({parts->second.constant()})});
      return sizes_[text] = share(emit("Div", {rest, integers({parts->first.constant()})}));
    }
  for (Body* body = this; body != nullptr; body = body->outer_)
    if (const auto defined = body->definitions_.find(text); defined != body->definitions_.end())
      return sizes_[text] = share(size(Dim(defined->second)));
  throw UnknownSize{Dim::symbol(name)};
}

std::string Body::size(const Dim& size) {
  if (size.is_constant()) return integers({size.constant()});
  const std::string text = size.str();
  if (const auto known = known_size(text)) return *known;
  SizeAlgebra algebra(*this);
  return sizes_[text] = share(DimTextReader<SizeAlgebra>(text, algebra).read().value);
}

std::string Body::sizes(const std::vector<Dim>& list) {
  std::vector<int64_t> constants;
  for (const Dim& d : list)
    if (d.is_constant()) constants.push_back(d.constant());
  if (constants.size() == list.size()) return integers(constants);
  if (list.size() == 1) return size(list[0]);
  Values parts;
  std::vector<int64_t> row;  // constants in a row are one part
  const auto close = [&] {
    if (!row.empty()) parts.push_back(integers(row));
    row.clear();
  };
  for (const Dim& d : list) {
    if (d.is_constant()) {
      row.push_back(d.constant());
      continue;
    }
    close();
    parts.push_back(size(d));
  }
  close();
  return emit("Concat", parts, {attribute("axis", int64_t{0})});
}

}  // namespace lathe::onnx
