#include "ir/verify.h"

#include <algorithm>
#include <unordered_set>

#include "base/error.h"

namespace lathe::ir {
namespace {

class Verifier {
 public:
  explicit Verifier(const Network& network) : network_(network), ready_(network.value_count()) {}

  void run() {
    for (const Input& input : network_.inputs) source(input.value, "input");
    for (size_t i = 0; i < ready_.size(); ++i)
      if (network_.value(static_cast<ValueId>(i)).constant) constant(static_cast<ValueId>(i));
    for (NodeId id : network_.nodes()) node(id);
    users();
    for (const Output& output : network_.outputs) {
      reachable(output.value, output.name, "output");
      unique(output_names_, output.name, "output");
    }
    for (const Entry& entry : network_.entries) {
      reachable(entry.value, entry.name, "entry");
      unique(entry_names_, entry.name, "entry");
    }
  }

 private:
  using Names = std::unordered_set<std::string_view>;
  template <class... Args>
  [[noreturn]] static void bad(std::string_view where, fmt::format_string<Args...> problem, Args&&... args) {
    fail(ErrorCode::internal, where, "please report this network", problem, std::forward<Args>(args)...);
  }
  static void unique(Names& names, std::string_view name, std::string_view kind) {
    if (!names.insert(name).second) bad(name, "two {}s have this name", kind);
  }
  bool exists(ValueId id) const { return id >= 0 && static_cast<size_t>(id) < ready_.size(); }
  void reachable(ValueId id, std::string_view where, std::string_view kind) const {
    if (!exists(id) || !ready_[static_cast<size_t>(id)]) bad(where, "no node makes the value of this {}", kind);
  }

  void source(ValueId id, std::string_view kind) {
    if (!exists(id)) bad(kind, "value {} does not exist", id);
    const Value& value = network_.value(id);
    if (value.producer != kNone) bad(value.name, "an {} is also made by a node", kind);
    unique(value_names_, value.name, "value");
    ready_[static_cast<size_t>(id)] = true;
  }

  void constant(ValueId id) {
    source(id, "constant");
    const Value& value = network_.value(id);
    Dim count = count_of(value.type.shape);
    if (!count.is_constant() ||
        bytes_of(value.type.dtype, count.constant()) != static_cast<int64_t>(value.constant->data.size))
      bad(value.name, "a constant {} has {} bytes", to_string(value.type), value.constant->data.size);
  }

  void node(NodeId id) {
    const Node& node = network_.node(id);
    if (!node.op) bad(node.name, "a node has no op");
    unique(node_names_, node.name, "node");
    ops::Types types;
    for (ValueId input : node.inputs) {
      if (!exists(input)) bad(node.name, "reads value {}, which does not exist", input);
      if (!ready_[static_cast<size_t>(input)])
        bad(node.name, "reads '{}' before it is made", network_.value(input).name);
      types.push_back(network_.value(input).type);
    }
    outputs(id, node, infer(node, types));
    blocks(node, types);
  }

  static void blocks(const Node& node, const ops::Types& types) {
    const std::vector<ops::BlockTypes> expected = node.op.blocks(types);
    if (expected.size() != node.blocks.size())
      bad(node.name, "{} has {} blocks, the node {}", node.op.name(), expected.size(), node.blocks.size());
    for (size_t b = 0; b < expected.size(); ++b) {
      const Network& block = *node.blocks[b];
      verify(block);
      if (!block.entries.empty()) bad(node.name, "block {} has entries", b);
      const auto same = [&](const auto& ports, const ops::Types& wanted) {
        bool all = ports.size() == wanted.size();
        for (size_t i = 0; all && i < wanted.size(); ++i) all = block.value(ports[i].value).type == wanted[i];
        return all;
      };
      if (!same(block.inputs, expected[b].inputs) || !same(block.outputs, expected[b].outputs))
        bad(node.name, "block {} has other inputs or outputs than {} gives it", b, node.op.name());
    }
  }

  /// The network's lists say what its nodes read.
  void users() const {
    std::vector<size_t> readers(ready_.size());
    for (NodeId id : network_.nodes()) {
      const NodeInputs& read = network_.node(id).inputs;
      for (auto v = read.begin(); v != read.end(); ++v)
        readers[static_cast<size_t>(*v)] += std::find(read.begin(), v, *v) == v;
    }
    for (size_t v = 0; v < readers.size(); ++v)
      if (const size_t listed = network_.users(static_cast<ValueId>(v)).size(); listed != readers[v])
        bad(network_.value(static_cast<ValueId>(v)).name, "{} nodes read it, its list has {}", readers[v], listed);
  }

  static ops::Types infer(const Node& node, const ops::Types& types) {
    try {
      ops::Equalities compared;
      return node.op.infer(types, compared);
    } catch (const Error& error) {
      bad(node.name, "{}", error.what());
    }
  }

  void outputs(NodeId id, const Node& node, const ops::Types& types) {
    if (types.size() != node.outputs.size())
      bad(node.name, "{} makes {} values, the node has {}", node.op.name(), types.size(), node.outputs.size());
    for (size_t i = 0; i < types.size(); ++i) {
      ValueId output = node.outputs[i];
      if (!exists(output)) bad(node.name, "makes value {}, which does not exist", output);
      const Value& value = network_.value(output);
      if (value.producer != id || value.constant || ready_[static_cast<size_t>(output)])
        bad(node.name, "makes '{}', which has another origin", value.name);
      if (!(types[i] == value.type))
        bad(node.name, "'{}' is {}, but {} gives {}", value.name, to_string(value.type), node.op.str(),
            to_string(types[i]));
      unique(value_names_, value.name, "value");
      ready_[static_cast<size_t>(output)] = true;
    }
  }

  const Network& network_;
  std::vector<bool> ready_;
  Names value_names_, node_names_, output_names_, entry_names_;
};

}  // namespace

void verify(const Network& network) { Verifier(network).run(); }

}  // namespace lathe::ir
