#include <fmt/format.h>

#include "base/error.h"
#include "frontends/onnx/message.h"

namespace lathe::onnx {
/// What a file says at a place where the format wants something else.
struct Malformed {
  std::string_view what;
};
}  // namespace lathe::onnx

// The reader's checks that a field is of the kind that is asked for: files decide that, so that they are no assertions.
#define protozero_assert(holds) \
  ((holds) ? static_cast<void>(0) : throw ::lathe::onnx::Malformed{"a field has another kind than ONNX says"})
#include <protozero/pbf_reader.hpp>

namespace lathe::onnx {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

/// Graphs in attributes of nodes, sequences of sequences: a file of a few bytes could nest them without end.
constexpr int kDeepest = 32;

std::string_view text(pbf_reader& reader) {
  const protozero::data_view view = reader.get_view();
  return {view.data(), view.size()};
}

/// Repeated numbers come packed or one by one, in any mixture.
template <class T, class Packed, class Single>
void append(pbf_reader& reader, std::vector<T>& to, Packed&& packed, Single&& single) {
  if (reader.wire_type() != pbf_wire_type::length_delimited) {
    to.push_back(single());
    return;
  }
  const auto range = packed();
  for (auto it = range.begin(); it != range.end(); ++it) to.push_back(*it);
}
void append_int64s(pbf_reader& r, std::vector<int64_t>& to) {
  append(
      r, to, [&] { return r.get_packed_int64(); }, [&] { return r.get_int64(); });
}
void append_floats(pbf_reader& r, std::vector<float>& to) {
  append(
      r, to, [&] { return r.get_packed_float(); }, [&] { return r.get_float(); });
}

std::pair<std::string_view, std::string_view> read_entry(pbf_reader reader) {
  std::pair<std::string_view, std::string_view> entry;
  while (reader.next()) {
    if (reader.tag() == 1)
      entry.first = text(reader);
    else if (reader.tag() == 2)
      entry.second = text(reader);
    else
      reader.skip();
  }
  return entry;
}

TensorMessage read_tensor(pbf_reader r) {
  TensorMessage tensor;
  while (r.next()) switch (r.tag()) {
      case 1: append_int64s(r, tensor.dims); break;
      case 2: tensor.type = static_cast<ElementType>(r.get_int32()); break;
      case 3: throw Malformed{"a tensor in segments"};
      case 4: append_floats(r, tensor.floats); break;
      case 5:
        append(
            r, tensor.int32s, [&] { return r.get_packed_int32(); }, [&] { return r.get_int32(); });
        break;
      case 7: append_int64s(r, tensor.int64s); break;
      case 8: tensor.name = text(r); break;
      case 9: tensor.raw = text(r); break;
      case 10:
        append(
            r, tensor.doubles, [&] { return r.get_packed_double(); }, [&] { return r.get_double(); });
        break;
      case 11:
        append(
            r, tensor.uint64s, [&] { return r.get_packed_uint64(); }, [&] { return r.get_uint64(); });
        break;
      case 13: tensor.external.push_back(read_entry(r.get_message())); break;
      case 14: tensor.is_external = r.get_enum() == 1; break;
      default: r.skip();
    }
  return tensor;
}

SparseTensorMessage read_sparse(pbf_reader r) {
  SparseTensorMessage sparse;
  while (r.next()) switch (r.tag()) {
      case 1: sparse.values = read_tensor(r.get_message()); break;
      case 2: sparse.indices = read_tensor(r.get_message()); break;
      case 3: append_int64s(r, sparse.dims); break;
      default: r.skip();
    }
  return sparse;
}

DimensionMessage read_dimension(pbf_reader r) {
  DimensionMessage dimension;
  while (r.next()) switch (r.tag()) {
      case 1: dimension.value = r.get_int64(); break;
      case 2: dimension.symbol = text(r); break;
      default: r.skip();
    }
  return dimension;
}

void read_tensor_type(pbf_reader r, TypeMessage& type) {
  while (r.next()) switch (r.tag()) {
      case 1: type.element = static_cast<ElementType>(r.get_int32()); break;
      case 2: {
        type.shape.emplace();
        pbf_reader shape = r.get_message();
        while (shape.next()) {
          if (shape.tag() == 1)
            type.shape->push_back(read_dimension(shape.get_message()));
          else
            shape.skip();
        }
        break;
      }
      default: r.skip();
    }
}

TypeMessage read_type(pbf_reader r, int depth);

/// What a sequence or optional holds.
std::shared_ptr<const TypeMessage> read_inner(pbf_reader r, int depth) {
  TypeMessage inner;
  while (r.next()) {
    if (r.tag() == 1)
      inner = read_type(r.get_message(), depth + 1);
    else
      r.skip();
  }
  return std::make_shared<TypeMessage>(std::move(inner));
}

TypeMessage read_type(pbf_reader r, int depth) {
  if (depth > kDeepest) throw Malformed{"types within types without end"};
  TypeMessage type;
  while (r.next()) switch (r.tag()) {
      case 1:
        type.kind = TypeMessage::Kind::tensor;
        read_tensor_type(r.get_message(), type);
        break;
      case 4:
        type.kind = TypeMessage::Kind::sequence;
        type.inner = read_inner(r.get_message(), depth);
        break;
      case 9:
        type.kind = TypeMessage::Kind::optional;
        type.inner = read_inner(r.get_message(), depth);
        break;
      case 5:
      case 7:
      case 8:
        type.kind = TypeMessage::Kind::other;
        r.skip();
        break;
      default: r.skip();
    }
  return type;
}

ValueMessage read_value(pbf_reader r) {
  ValueMessage value;
  while (r.next()) switch (r.tag()) {
      case 1: value.name = text(r); break;
      case 2: value.type = read_type(r.get_message(), 0); break;
      default: r.skip();
    }
  return value;
}

GraphMessage read_graph(pbf_reader r, int depth);

/// Files of IR versions before 2 have attributes without a kind: it is what they hold.
AttributeMessage::Kind kind_of(const AttributeMessage& attribute, uint32_t field) {
  using Kind = AttributeMessage::Kind;
  if (attribute.kind != Kind::undefined) return attribute.kind;
  switch (field) {
    case 2: return Kind::number;
    case 3: return Kind::integer;
    case 4: return Kind::text;
    case 5: return Kind::tensor;
    case 6: return Kind::graph;
    case 7: return Kind::numbers;
    case 8: return Kind::integers;
    case 9: return Kind::texts;
    case 10: return Kind::tensors;
    case 11: return Kind::graphs;
    default: return Kind::undefined;
  }
}

AttributeMessage read_attribute(pbf_reader r, int depth) {
  AttributeMessage a;
  uint32_t field = 0;
  while (r.next()) {
    if (r.tag() >= 2 && r.tag() <= 11) field = r.tag();
    switch (r.tag()) {
      case 1: a.name = text(r); break;
      case 2: a.number = r.get_float(); break;
      case 3: a.integer = r.get_int64(); break;
      case 4: a.text = text(r); break;
      case 5:
      case 10: a.tensors.push_back(read_tensor(r.get_message())); break;
      case 6:
      case 11: a.graphs.push_back(std::make_shared<GraphMessage>(read_graph(r.get_message(), depth + 1))); break;
      case 7: append_floats(r, a.numbers); break;
      case 8: append_int64s(r, a.integers); break;
      case 9: a.texts.push_back(text(r)); break;
      case 14: a.type = read_type(r.get_message(), 0); break;
      case 20: a.kind = static_cast<AttributeMessage::Kind>(r.get_enum()); break;
      case 21: a.refers_to = text(r); break;
      case 22: a.sparse = read_sparse(r.get_message()); break;
      default: r.skip();
    }
  }
  a.kind = kind_of(a, field);
  return a;
}

NodeMessage read_node(pbf_reader r, int depth) {
  NodeMessage node;
  while (r.next()) switch (r.tag()) {
      case 1: node.inputs.push_back(text(r)); break;
      case 2: node.outputs.push_back(text(r)); break;
      case 3: node.name = text(r); break;
      case 4: node.op = text(r); break;
      case 5: node.attributes.push_back(read_attribute(r.get_message(), depth)); break;
      case 7: node.domain = text(r); break;
      case 8: node.overload = text(r); break;
      default: r.skip();
    }
  return node;
}

GraphMessage read_graph(pbf_reader r, int depth) {
  if (depth > kDeepest) throw Malformed{"graphs within graphs without end"};
  GraphMessage graph;
  while (r.next()) switch (r.tag()) {
      case 1: graph.nodes.push_back(read_node(r.get_message(), depth)); break;
      case 2: graph.name = text(r); break;
      case 5: graph.initializers.push_back(read_tensor(r.get_message())); break;
      case 11: graph.inputs.push_back(read_value(r.get_message())); break;
      case 12: graph.outputs.push_back(read_value(r.get_message())); break;
      case 15: graph.sparse_initializers.push_back(read_sparse(r.get_message())); break;
      default: r.skip();
    }
  return graph;
}

OpsetMessage read_opset(pbf_reader r) {
  OpsetMessage opset;
  while (r.next()) switch (r.tag()) {
      case 1: opset.domain = text(r); break;
      case 2: opset.version = r.get_int64(); break;
      default: r.skip();
    }
  return opset;
}

FunctionMessage read_function(pbf_reader r) {
  FunctionMessage function;
  while (r.next()) switch (r.tag()) {
      case 1: function.name = text(r); break;
      case 4: function.inputs.push_back(text(r)); break;
      case 5: function.outputs.push_back(text(r)); break;
      case 7: function.nodes.push_back(read_node(r.get_message(), 0)); break;
      case 9: function.opsets.push_back(read_opset(r.get_message())); break;
      case 10: function.domain = text(r); break;
      case 11: function.defaults.push_back(read_attribute(r.get_message(), 0)); break;
      case 13: function.overload = text(r); break;
      default: r.skip();
    }
  return function;
}

ModelMessage read_model(pbf_reader r) {
  ModelMessage model;
  bool has_graph = false;
  while (r.next()) switch (r.tag()) {
      case 1: model.ir_version = r.get_int64(); break;
      case 2: model.producer = text(r); break;
      case 3: model.producer_version = text(r); break;
      case 7:
        model.graph = read_graph(r.get_message(), 0);
        has_graph = true;
        break;
      case 8: model.opsets.push_back(read_opset(r.get_message())); break;
      case 25: model.functions.push_back(read_function(r.get_message())); break;
      default: r.skip();
    }
  if (!has_graph) throw Malformed{"it has no graph"};
  return model;
}

pbf_reader reader_of(const Blob& file) { return {reinterpret_cast<const char*>(file.data), file.size}; }

/// Runs `read`, and says what is wrong with the bytes.
template <class F>
auto checked(std::string_view where, std::string_view kind, F&& read) {
  const auto refuse = [&](std::string_view what) {
    fail(ErrorCode::corrupt_file, where, "export or copy it again", "it is no ONNX {}, or damaged: {}", kind, what);
  };
  try {
    return read();
  } catch (const protozero::exception&) {
    refuse("its bytes are no protocol buffers");
  } catch (const Malformed& malformed) {
    refuse(malformed.what);
  }
  throw;  // unreachable: refuse() throws
}

}  // namespace

ModelMessage decode_model(Blob file, std::string_view where) {
  ModelMessage model = checked(where, "model", [&] { return read_model(reader_of(file)); });
  model.file = std::move(file);
  return model;
}

TensorMessage decode_tensor(const Blob& file, std::string_view where) {
  return checked(where, "tensor", [&] { return read_tensor(reader_of(file)); });
}

}  // namespace lathe::onnx
