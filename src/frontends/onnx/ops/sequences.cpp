// Sequences and optionals: lists that the reader keeps while it reads, as long as they are known then.
#include <algorithm>

#include "base/error.h"
#include "frontends/onnx/graph_reader.h"
#include "frontends/onnx/registry.h"

namespace lathe::onnx {
namespace {

const std::vector<Item>& sequence_of(NodeReader& n, size_t input, Item& keep) {
  keep = n.item(input);
  if (keep.kind != Item::Kind::sequence) n.corrupt(fmt::format("input {} is no sequence", input));
  return *keep.elements;
}

/// A position in a list of this length; negative ones count from the end.
int64_t position(NodeReader& n, size_t input, int64_t length) {
  const std::vector<int64_t> list = n.known_integers(n.in(input), "position");
  if (list.size() != 1) n.corrupt("its position is no single number");
  const int64_t at = list[0] < 0 ? list[0] + length : list[0];
  if (at < 0 || at >= length) n.corrupt(fmt::format("position {} is outside the sequence", list[0]));
  return at;
}

void construct(NodeReader& n) {
  std::vector<Item> elements;
  for (size_t i = 0; i < n.inputs(); ++i) elements.push_back(n.item(i));
  n.give(0, Item::sequence(std::move(elements)));
}

void empty(NodeReader& n) {
  n.ignore({"dtype"});
  n.give(0, Item::sequence({}));
}

void at(NodeReader& n) {
  Item keep;
  const std::vector<Item>& list = sequence_of(n, 0, keep);
  n.give(0, list[static_cast<size_t>(position(n, 1, static_cast<int64_t>(list.size())))]);
}

void length(NodeReader& n) {
  Item keep;
  n.give(n.scalar(static_cast<double>(sequence_of(n, 0, keep).size()), DType::i64));
}

void insert(NodeReader& n) {
  Item keep;
  std::vector<Item> list = sequence_of(n, 0, keep);
  const auto size = static_cast<int64_t>(list.size());
  // It may stand behind the last one, which no negative number names.
  const bool at_end = !n.has(2) || n.known_integers(n.in(2), "position") == std::vector<int64_t>{size};
  const int64_t place = at_end ? size : position(n, 2, size);
  list.insert(list.begin() + place, n.item(1));
  n.give(0, Item::sequence(std::move(list)));
}

void erase(NodeReader& n) {
  Item keep;
  std::vector<Item> list = sequence_of(n, 0, keep);
  const auto size = static_cast<int64_t>(list.size());
  if (size == 0) n.corrupt("the sequence is empty");
  list.erase(list.begin() + (n.has(1) ? position(n, 1, size) : size - 1));
  n.give(0, Item::sequence(std::move(list)));
}

void split_to_sequence(NodeReader& n) {
  const ValueId x = n.in(0);
  const int64_t axis = n.axis(n.integer("axis", 0), n.rank(x));
  const Dim whole = n.dim(x, axis);
  if (!whole.is_constant()) n.refuse("how many parts there are depends on sizes of inputs", "fix the size of the axis");
  std::vector<int64_t> sizes;
  if (n.has(1) && n.rank(n.in(1)) > 0) {
    sizes = n.known_integers(n.in(1), "sizes");
  } else {
    constexpr int64_t kMostParts = 1 << 16;
    const int64_t each = n.has(1) ? n.known_integer(n.in(1), "size") : 1;
    if (each < 1) n.corrupt("its parts have no size");
    if (const int64_t parts = whole.constant() / each; parts >= kMostParts)
      n.refuse(fmt::format("it splits {} into {} parts", to_string(n.type(x)), parts), "make larger parts");
    for (int64_t start = 0; start < whole.constant(); start += each)
      sizes.push_back(std::min(each, whole.constant() - start));
  }
  const bool keeps = n.has(1) || n.integer("keepdims", 1) != 0;
  std::vector<Item> parts;
  int64_t start = 0;
  for (int64_t size : sizes) {
    ValueId part = n.slice(x, axis, Dim(start), Dim(size));
    if (!keeps) {
      std::vector<Dim> shape = n.shape(part);
      shape.erase(shape.begin() + axis);
      part = n.reshape(part, shape);
    }
    parts.push_back(Item::tensor(part));
    start += size;
  }
  n.give(0, Item::sequence(std::move(parts)));
}

void concat_from_sequence(NodeReader& n) {
  Item keep;
  const bool stacks = n.integer("new_axis", 0) != 0;
  std::vector<ValueId> parts;
  for (const Item& item : sequence_of(n, 0, keep)) {
    if (item.kind != Item::Kind::tensor) n.corrupt("the sequence holds no tensors");
    parts.push_back(item.value);
  }
  if (parts.empty()) n.corrupt("the sequence is empty");
  const int64_t axis = n.axis(n.integer("axis"), n.rank(parts[0]) + (stacks ? 1 : 0));
  if (stacks)
    for (ValueId& part : parts) part = n.unsqueeze(part, {axis});
  n.give(n.concat(parts, axis));
}

/// The body once an element; inputs that are no sequences are the same for all.
void map(NodeReader& n) {
  const GraphMessage& body = *n.graph("body");
  Item keep;
  const size_t count = sequence_of(n, 0, keep).size();
  if (body.inputs.size() != n.inputs()) n.corrupt("its body has other inputs");
  std::vector<std::vector<Item>> results(body.outputs.size());
  for (size_t i = 0; i < count; ++i) {
    Scope scope(n.network(), &n.scope());
    for (size_t j = 0; j < n.inputs(); ++j) {
      const Item item = n.item(j);
      if (item.kind == Item::Kind::sequence && item.elements->size() != count)
        n.corrupt("its sequences have other lengths");
      scope.set(body.inputs[j].name, item.kind == Item::Kind::sequence ? (*item.elements)[i] : item);
    }
    read_body(body, scope, within(n.place(), n.name()));
    const std::vector<Item> one = results_of(body, scope);
    for (size_t j = 0; j < one.size(); ++j) results[j].push_back(one[j]);
  }
  for (size_t j = 0; j < results.size(); ++j) n.give(j, Item::sequence(std::move(results[j])));
}

/// An optional is its content, or absent.
void optional(NodeReader& n) {
  n.ignore({"type"});
  n.give(0, n.inputs() > 0 ? n.item(0) : Item{});
}

void has_element(NodeReader& n) { n.give(n.scalar(n.inputs() > 0 && n.has(0) ? 1 : 0, DType::boolean)); }

void get_element(NodeReader& n) {
  const Item item = n.item(0);
  if (item.kind == Item::Kind::absent) n.corrupt("the optional has no content");
  n.give(0, item);
}

constexpr Entry kEntries[] = {
    {"ConcatFromSequence", concat_from_sequence},
    {"Optional", optional},
    {"OptionalGetElement", get_element},
    {"OptionalHasElement", has_element},
    {"SequenceAt", at},
    {"SequenceConstruct", construct},
    {"SequenceEmpty", empty},
    {"SequenceErase", erase},
    {"SequenceInsert", insert},
    {"SequenceLength", length},
    {"SequenceMap", map},
    {"SplitToSequence", split_to_sequence, {}, "the size along the axis known"},
};

}  // namespace

std::span<const Entry> sequences_entries() { return kEntries; }

}  // namespace lathe::onnx
