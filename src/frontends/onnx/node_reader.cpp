#include "frontends/onnx/node_reader.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/dtype.h"
#include "base/error.h"
#include "base/number.h"
#include "ir/fold.h"
#include "ops/cast.h"
#include "ops/fill.h"
#include "ops/shape_rules.h"

namespace lathe::onnx {
namespace {

/// Results of at most so many bytes are computed while a file is read: sizes, axes, bounds.
constexpr int64_t kSmallBytes = 1 << 16;

constexpr std::string_view kKinds[] = {"nothing", "a number", "an integer", "text",    "a tensor", "a graph",
                                       "numbers", "integers", "texts",      "tensors", "graphs"};

std::string_view kind_name(AttributeMessage::Kind kind) {
  const auto i = static_cast<size_t>(kind);
  return i < std::size(kKinds) ? kKinds[i] : "of an unknown kind";
}

Shape constant_shape(const ops::TensorType& type) {
  Shape shape;
  for (const Dim& d : type.shape) shape.push_back(d.constant());
  return shape;
}

std::string node_name(const NodeMessage& message, const Place& place) {
  std::string name(message.name);
  if (name.empty()) name = std::string(message.op);
  return place.prefix.empty() ? name : place.prefix + "/" + name;
}

}  // namespace

NodeReader::NodeReader(const NodeMessage& message, int64_t opset, Scope& scope, const Place& place)
    : message_(message),
      inputs_read_(message.inputs.size()),
      attributes_read_(message.attributes.size()),
      opset_(opset),
      scope_(scope),
      place_(place),
      name_(node_name(message, place)) {}

Item NodeReader::item(size_t i) const {
  if (i >= inputs() || message_.inputs[i].empty()) return {};
  inputs_read_[i] = true;
  const Item* found = scope_.find(message_.inputs[i]);
  if (!found)
    corrupt(fmt::format("it reads {}, which no input, initializer or node before it makes", shown(message_.inputs[i])));
  return *found;
}

bool NodeReader::has(size_t i) const { return item(i).kind != Item::Kind::absent; }

ValueId NodeReader::in(size_t i) const {
  const Item found = item(i);
  if (found.kind == Item::Kind::absent) corrupt(fmt::format("input {} is missing", i));
  if (found.kind != Item::Kind::tensor) corrupt(fmt::format("input {} is a sequence, not a tensor", i));
  return found.value;
}

std::vector<ValueId> NodeReader::all_inputs() const {
  std::vector<ValueId> values;
  for (size_t i = 0; i < inputs(); ++i) values.push_back(in(i));
  return values;
}

const AttributeMessage* NodeReader::find(std::string_view name) const {
  for (size_t i = 0; i < message_.attributes.size(); ++i) {
    const AttributeMessage& attribute = message_.attributes[i];
    if (attribute.name != name) continue;
    attributes_read_[i] = true;
    if (attribute.refers_to.empty()) return &attribute;
    if (!place_.attributes) return nullptr;
    const auto found = place_.attributes->find(attribute.refers_to);
    return found == place_.attributes->end() ? nullptr : found->second;
  }
  return nullptr;
}

void NodeReader::ignore(std::initializer_list<std::string_view> attributes) const {
  for (std::string_view name : attributes) find(name);
}

std::vector<std::string_view> NodeReader::check_all_read() const {
  size_t known = inputs();
  while (known > 0 && !inputs_read_[known - 1] && !message_.inputs[known - 1].empty()) --known;
  if (known < inputs()) corrupt(fmt::format("the op has no input {}", known));
  std::vector<std::string_view> unread;
  for (size_t i = 0; i < attributes_read_.size(); ++i)
    if (!attributes_read_[i] && message_.attributes[i].name != "consumed_inputs")
      unread.push_back(message_.attributes[i].name);
  return unread;
}

const AttributeMessage* NodeReader::need(std::string_view name, AttributeMessage::Kind kind) const {
  const AttributeMessage* attribute = find(name);
  if (attribute && attribute->kind != kind)
    corrupt(fmt::format("attribute {} is {}, not {}", name, kind_name(attribute->kind), kind_name(kind)));
  return attribute;
}

int64_t NodeReader::integer(std::string_view name, int64_t absent) const {
  const AttributeMessage* a = need(name, AttributeMessage::Kind::integer);
  return a ? a->integer : absent;
}

int64_t NodeReader::integer(std::string_view name) const {
  if (!has(name)) corrupt(fmt::format("attribute {} is missing", name));
  return integer(name, 0);
}

double NodeReader::number(std::string_view name, double absent) const {
  const AttributeMessage* a = need(name, AttributeMessage::Kind::number);
  return a ? static_cast<double>(a->number) : absent;
}

std::string NodeReader::text(std::string_view name, std::string_view absent) const {
  const AttributeMessage* a = need(name, AttributeMessage::Kind::text);
  return std::string(a ? a->text : absent);
}

std::vector<int64_t> NodeReader::integers(std::string_view name, std::vector<int64_t> absent) const {
  const AttributeMessage* a = need(name, AttributeMessage::Kind::integers);
  return a ? a->integers : absent;
}

std::vector<double> NodeReader::numbers(std::string_view name, std::vector<double> absent) const {
  const AttributeMessage* a = need(name, AttributeMessage::Kind::numbers);
  return a ? std::vector<double>(a->numbers.begin(), a->numbers.end()) : absent;
}

std::vector<std::string> NodeReader::texts(std::string_view name) const {
  const AttributeMessage* a = need(name, AttributeMessage::Kind::texts);
  return a ? std::vector<std::string>(a->texts.begin(), a->texts.end()) : std::vector<std::string>();
}

std::optional<HostTensor> NodeReader::tensor(std::string_view name) const {
  const AttributeMessage* a = need(name, AttributeMessage::Kind::tensor);
  if (!a) return std::nullopt;
  if (a->tensors.size() != 1) corrupt(fmt::format("attribute {} holds no tensor", name));
  return place_.source.tensors().read(a->tensors[0]);
}

const GraphMessage* NodeReader::graph(std::string_view name) const {
  const AttributeMessage* a = need(name, AttributeMessage::Kind::graph);
  if (!a || a->graphs.size() != 1) corrupt(fmt::format("attribute {} holds no graph", name));
  return a->graphs[0].get();
}

void NodeReader::give(size_t i, Item item) {
  if (wants(i)) scope_.set(message_.outputs[i], std::move(item));
}

/// Of sizes that are all numbers: a constant in their place.
ValueId NodeReader::as_constant(ValueId v) {
  const ops::Elements known = network().is_constant(v) ? std::nullopt : network().elements(v);
  const DType type = dtype(v);
  if (!known || (type != DType::i64 && type != DType::i32)) return v;
  std::vector<int64_t> numbers;
  for (const ops::Element& element : *known) {
    if (!element || !element->is_constant() || ops::is_saturated(*element)) return v;
    numbers.push_back(element->constant());
  }
  const HostTensor wide{"", DType::i64, constant_shape(this->type(v)),
                        Blob::copy_of(std::as_bytes(std::span(numbers)))};
  return constant(type == DType::i64 ? wide : converted(wide, type));
}

std::optional<ValueId> NodeReader::computed(const ops::Op& op, std::vector<ValueId> inputs) {
  if (!place_.source.options().evaluator) return std::nullopt;
  for (ValueId& v : inputs) {
    v = as_constant(v);
    if (!network().is_constant(v)) return std::nullopt;
    if (bytes_of(dtype(v), constant_shape(type(v)).count()) > kSmallBytes) return std::nullopt;
  }
  ops::Contents contents;
  for (ValueId v : inputs) contents.push_back(network().elements(v));
  auto [resolved, count] =
      op.resolves() ? op.resolve(network().types_of(inputs), contents) : std::pair(op, inputs.size());
  const std::vector<ValueId> read(inputs.begin(), inputs.begin() + static_cast<int64_t>(count));
  for (const ops::TensorType& type : resolved.infer(network().types_of(read))) {
    int64_t elements = 1;
    for (const Dim& d : type.shape) elements = saturating_mul(elements, d.is_constant() ? d.constant() : 0);
    if (bytes_of(type.dtype, elements) > kSmallBytes) return std::nullopt;
  }
  auto result = ir::folded(network(), resolved, read, *place_.source.options().evaluator);
  if (!result) return std::nullopt;
  return network().add_constant(name_, std::move(result->first), std::move(result->second));
}

ValueId NodeReader::add(ops::Op op, std::vector<ValueId> inputs) {
  place_.source.count_op();
  if (const auto constant = computed(op, inputs)) return *constant;
  return network().add1(std::move(op), std::move(inputs), name_, {name_});
}

std::vector<ValueId> NodeReader::add_all(ops::Op op, std::vector<ValueId> inputs) {
  place_.source.count_op();
  return network().add(std::move(op), std::move(inputs), name_, {name_});
}

ValueId NodeReader::constant(HostTensor tensor) {
  const std::string base = tensor.name.empty() ? name_ : tensor.name;
  return network().add_constant(base, {tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}},
                                {tensor.data, nullptr});
}

ValueId NodeReader::scalar(double number, DType type) {
  if (type == DType::f32) return network().add_scalar(static_cast<float>(number));
  const Blob data = Blob::copy_of(&number, sizeof number);
  const HostTensor wide{"", DType::f64, {}, data};
  if (type == DType::f64) return constant(wide);
  // By way of the op, which rounds as a run does.
  return add(ops::Cast{type}, {constant(wide)});
}

std::optional<HostTensor> NodeReader::known(ValueId v) const {
  const ir::Value& value = network().value(v);
  if (!value.constant) return std::nullopt;
  return HostTensor{value.name, value.type.dtype, constant_shape(value.type), value.constant->data};
}

std::vector<Dim> NodeReader::known_sizes(ValueId v, std::string_view what) const {
  const ops::Elements elements = network().elements(v);
  std::vector<Dim> sizes;
  for (size_t i = 0; elements && i < elements->size() && (*elements)[i]; ++i) sizes.push_back(*(*elements)[i]);
  if (elements && sizes.size() == elements->size()) return sizes;
  // Types and lengths that the rules do not follow.
  if (const auto tensor = known(v); tensor && !is_float(tensor->dtype)) {
    const HostTensor wide = converted(*tensor, DType::i64);
    return {wide.as<int64_t>().begin(), wide.as<int64_t>().end()};
  }
  tell_unknown(v, what);
}

void NodeReader::tell_unknown(ValueId v, std::string_view what) const {
  fail(ErrorCode::unsupported, "",
       fmt::format("give them when the model is built: --fix {}=FILE", network().value(v).name),
       "its {} are numbers that only a run knows", what);
}

std::vector<int64_t> NodeReader::known_integers(ValueId v, std::string_view what) const {
  std::vector<int64_t> numbers;
  for (const Dim& d : known_sizes(v, what)) {
    if (has_numbers(d)) tell_unknown(v, what);
    if (!d.is_constant())
      refuse(fmt::format("its {} depend on the sizes of inputs: {}", what, d.str()), "give constants");
    numbers.push_back(d.constant());
  }
  return numbers;
}

int64_t NodeReader::known_integer(ValueId v, std::string_view what) const {
  const std::vector<int64_t> list = known_integers(v, what);
  if (list.size() != 1) corrupt(fmt::format("its {} is no single number", what));
  return list[0];
}

Dim NodeReader::known_size(ValueId v, std::string_view what) const {
  const std::vector<Dim> list = known_sizes(v, what);
  if (list.size() != 1) corrupt(fmt::format("its {} is no single number", what));
  return list[0];
}

std::vector<double> NodeReader::known_numbers(ValueId v, std::string_view what) const {
  const auto tensor = known(v);
  if (!tensor) tell_unknown(v, what);
  const HostTensor wide = converted(*tensor, DType::f64);
  return {wide.as<double>().begin(), wide.as<double>().end()};
}

double NodeReader::known_number(ValueId v, std::string_view what) const {
  const std::vector<double> list = known_numbers(v, what);
  if (list.size() != 1) corrupt(fmt::format("its {} is no single number", what));
  return list[0];
}

std::vector<int64_t> NodeReader::axes_of(std::string_view attribute, size_t input) const {
  return has(input) ? known_integers(in(input), "axes") : integers(attribute);
}

Error NodeReader::contradiction(std::string_view problem) const {
  return Error(ErrorCode::corrupt_file, "", problem, "export the model again");
}

}  // namespace lathe::onnx
