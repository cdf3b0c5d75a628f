#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "ops/op.h"
#include "ops/port.h"
#include "ops/recipe.h"

namespace lathe::ir {

using ValueId = int32_t;
using NodeId = int32_t;
inline constexpr int32_t kNone = -1;

using ops::Recipe;

struct Constant {
  /// Row-major, in the value's type and (constant) shape. The bytes of one that nobody reads may be gone.
  Blob data;
  std::shared_ptr<const Recipe> recipe;
};

using ops::InputDefault;
using ops::PortRole;

struct Value {
  std::string name;  ///< unique in the network
  ops::TensorType type;
  NodeId producer = kNone;
  std::optional<Constant> constant;
  /// Of what a node makes: what the op's rule knows of them. Of an input: what follow_elements() calls them.
  ops::Elements elements = {};
};

class Network;

/// What a node reads. Only the network changes it (set_input, replace): it keeps lists of who reads what.
class NodeInputs {
 public:
  using const_iterator = std::vector<ValueId>::const_iterator;
  const_iterator begin() const { return ids_.begin(); }
  const_iterator end() const { return ids_.end(); }
  size_t size() const { return ids_.size(); }
  bool empty() const { return ids_.empty(); }
  ValueId operator[](size_t i) const { return ids_[i]; }
  ValueId at(size_t i) const { return ids_.at(i); }
  ValueId back() const { return ids_.back(); }
  operator const std::vector<ValueId>&() const { return ids_; }  // NOLINT(google-explicit-constructor): it is a list
  bool contains(ValueId id) const { return std::find(ids_.begin(), ids_.end(), id) != ids_.end(); }

 private:
  friend class Network;
  std::vector<ValueId> ids_;
};

struct Node {
  ops::Op op;
  NodeInputs inputs;
  std::vector<ValueId> outputs;
  /// What the op runs (Op::blocks): networks whose values are their own; what they read of this one are inputs of the
  /// node. Shared by copies, and never changed: a pass that rewrites one puts another in its place.
  std::vector<std::shared_ptr<const Network>> blocks;
  std::string name;                  ///< for messages; unique
  std::vector<std::string> origins;  ///< the source names this node stands for, united by rewrites
  bool alive = true;
};

struct Input {
  ValueId value;
  InputDefault absent = InputDefault::required;
  PortRole role = {};
  std::vector<Dim> declared = {};  ///< the shape as it was given, where unify() has renamed symbols in it; else empty
};

/// Two sizes that each run must find equal, because a node needs it and nothing shows it.
struct Equality {
  Dim a, b;
  std::string by;  ///< the node, for messages
};

/// A size that a run computes from the elements of inputs, as an op says: a symbol, or what has taken its place since.
struct Definition {
  Dim size, value;
  std::string by;  ///< the node, for messages
};

/// A named result. On demand: computed only when a context asks for it by name.
struct Output {
  std::string name;
  ValueId value;
  bool on_demand = false;
  PortRole role = {};
};

/// An inner value that a caller may bind instead of the inputs it is computed from (packed tokens, cu_seqlens).
struct Entry {
  std::string name;
  ValueId value;
  InputDefault absent = InputDefault::required;
  PortRole role = {};
};

/// A graph of ops over named values: portable, free of any target. Nodes are kept in an order in which each value is
/// produced before it is used. Ids stay valid through rewrites; erased nodes are skipped by nodes().
class Network {
 public:
  std::string name = "network";

  ValueId add_input(std::string_view value_name, ops::TensorType type, InputDefault absent = InputDefault::required,
                    PortRole role = {});
  /// Sizes may be computed from the elements of an input from here on: each is a number of any sign (base/number.h),
  /// and a size where a node makes a dimension of it. Only of few whole numbers; of others nothing changes.
  void follow_elements(ValueId input);
  /// The same under given names, one for each element.
  void name_elements(ValueId input, std::vector<ops::Element> names);
  /// A constant from a source weight; `data` holds type.shape elements (all dimensions constant).
  ValueId add_constant(std::string_view value_name, ops::TensorType type, Constant constant);
  /// A constant of shape [] that the importer made up (epsilon, scale), of type f32 or bf16. Error(invalid_argument).
  ValueId add_scalar(float number, DType type = DType::f32);
  /// A node whose output types come from the op's rule. `base` names the node (made unique) and, for one output, its
  /// value. Returns the outputs. Sizes that the op takes from inputs become attributes, and those inputs fall away;
  /// sizes that it needs equal have one name where they can (unify). Throws what Op::infer and Op::resolve throw, with
  /// the node's name in front; the network is then as before.
  /// `blocks`: what the op runs (Op::blocks), each a network that was told to become_block() before its first node.
  std::vector<ValueId> add(ops::Op op, std::vector<ValueId> inputs, std::string_view base,
                           std::vector<std::string> origins = {},
                           std::vector<std::shared_ptr<const Network>> blocks = {});
  /// add() for ops of one output.
  ValueId add1(ops::Op op, std::vector<ValueId> inputs, std::string_view base, std::vector<std::string> origins = {});
  void mark_output(std::string_view output_name, ValueId value, bool on_demand = false, PortRole role = {});
  void mark_entry(std::string_view entry_name, ValueId value, InputDefault absent = InputDefault::required,
                  PortRole role = {});

  /// Every run must find a == b. Where one of them is a lone symbol of inputs and the other one too, or a constant, the
  /// network has one name for both from then on: whether that is new. Error(shape_mismatch) where a node does not allow
  /// it; the network is then as before. Takes the time of what speaks of the name that goes, however large the network.
  bool unify(const Dim& a, const Dim& b, std::string_view by);
  /// Sizes that nodes need equal and that have no one name, in the order of the nodes: each run compares them.
  std::vector<Equality> compared() const;
  /// Sizes that the elements of inputs say, in an order in which each speaks of those before it alone.
  std::vector<Definition> definitions() const;
  void define(Dim size, Dim value, std::string_view by);
  /// A name for a size that is computed from numbers of any sign, one for each; others stay as they are.
  Dim named_size(const Dim& value, std::string_view by);
  /// Symbols that sizes and attributes have in them, those of blocks too, and what these are defined by.
  std::set<std::string> sizes_in_use() const;
  /// Whether sizes in use follow from the elements of an input.
  bool gives_sizes(ValueId input, const std::set<std::string>& in_use) const;
  /// Whether a size or an attribute has the symbol in it.
  bool speaks_of(const std::string& symbol) const { return mentions_.contains(symbol); }
  /// With the symbols that equalities have renamed under their present names.
  Dim renamed(const Dim& dim) const;
  ops::TensorType renamed(const ops::TensorType& type) const;
  ops::Op renamed(const ops::Op& op) const;
  /// What is known of the elements of a constant, or of what a node makes.
  ops::Elements elements(ValueId id) const;

  const Value& value(ValueId id) const { return values_[static_cast<size_t>(id)]; }
  Value& value(ValueId id) { return values_[static_cast<size_t>(id)]; }
  const Node& node(NodeId id) const { return nodes_[static_cast<size_t>(id)]; }
  Node& node(NodeId id) { return nodes_[static_cast<size_t>(id)]; }
  /// What an op's rules take of the values that a node reads or makes.
  ops::Types types_of(const std::vector<ValueId>& values) const;
  size_t value_count() const { return values_.size(); }
  size_t node_count() const { return nodes_.size(); }  ///< erased ones too: ids are below it
  /// Live nodes in topological order (a copy: rewriting while walking it is safe; check alive).
  std::vector<NodeId> nodes() const;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<Entry> entries;
  std::vector<Equality> equalities;  ///< why symbols have one name: what unify() made, ordered by its text

  /// The node that makes this value, or null for inputs and constants.
  const Node* producer(ValueId id) const;
  bool is_constant(ValueId id) const { return value(id).constant.has_value(); }
  /// Live nodes that read the value, each once, in order: takes the time of their number, however large the network.
  std::vector<NodeId> users(ValueId id) const;
  /// The network becomes one that a node runs: the types of its inputs are the node's, so that no symbol of them is
  /// renamed for what a rule within needs (a run compares it).
  void become_block() { is_block_ = true; }
  bool is_block() const { return is_block_; }
  /// One more block of a node, with symbols under their present names here.
  void add_block(NodeId id, std::shared_ptr<const Network> block);
  /// Input `index` of the node reads `value` from now on.
  void set_input(NodeId id, size_t index, ValueId value);
  /// The node has one input less, those behind it move up.
  void drop_input(NodeId id, size_t index);
  /// Whether exactly one node reads the value and it is no output (entries do not count: they only offer a way in).
  bool used_once(ValueId id) const;
  bool is_output(ValueId id) const;

  /// Every reader of `from` (nodes and outputs; entries stay where they are) reads `to` instead. The types agree.
  void replace(ValueId from, ValueId to);
  void erase(NodeId id);
  /// Drops nodes whose results nobody reads, and the bytes of constants that nobody reads; true when there were nodes.
  bool remove_dead();
  /// Puts nodes into topological order again (stable). Error(internal) names a node on a cycle.
  void sort();
  /// Constants that some live node or output reads.
  std::vector<ValueId> live_constants() const;
  /// `base` where it is free, else base.1, base.2, ...: the first that is.
  std::string unique_name(std::string_view base);
  /// The same among the names that callers bind (inputs and entries), those of outputs, and the symbols of all types.
  std::string unique_input_name(std::string_view base) const;
  std::string unique_output_name(std::string_view base) const;
  std::string unique_symbol(std::string_view base) const;
  /// Keeps a name that was given to a value or node by hand out of what unique_name() makes.
  void claim_name(std::string_view taken) { names_.try_emplace(std::string(taken), 1); }

 private:
  void note_reads(NodeId id);
  void forget_read(NodeId id, ValueId from);
  void note_all_reads();
  size_t rank(NodeId id) const { return rank_[static_cast<size_t>(id)]; }

  using Block = std::shared_ptr<const Network>;
  /// Who speaks of a symbol: values in shapes and elements, nodes in attributes and blocks.
  struct Mentions {
    std::vector<ValueId> values;
    std::vector<NodeId> nodes, counters;  ///< counters: nodes that count it
    size_t first_input = SIZE_MAX;        ///< which input had it first; none: SIZE_MAX
  };
  /// What a rename has changed, as it was before.
  struct Renaming {
    std::string symbol, to;  ///< to: empty where it is a constant
    Mentions of_symbol;
    bool merged = false;  ///< the mentions of `to` are those of both, of which these were its own
    size_t values_of_to = 0, nodes_of_to = 0, first_of_to = SIZE_MAX;
    struct OfValue {
      ValueId id;
      std::vector<Dim> shape;
      ops::Elements elements;
    };
    struct OfNode {
      NodeId id;
      ops::Op op;
      std::vector<Block> blocks;
    };
    std::vector<OfValue> values;
    std::vector<OfNode> nodes;
    std::vector<size_t> declared;                           ///< inputs whose declared shape it noted
    std::vector<std::pair<size_t, std::string>> of_inputs;  ///< PortRole::of of inputs
    std::vector<std::pair<size_t, std::string>> of_entries;
    size_t equality = SIZE_MAX;  ///< the place of the equality that made it, where that is noted
  };
  class Attempt;

  std::vector<ValueId> add_settled(ops::Op op, std::vector<ValueId> node_inputs, ops::Types result,
                                   std::string_view base, std::vector<std::string> origins,
                                   std::vector<Block> node_blocks);
  ops::Types settle(ops::Op& op, std::vector<ValueId>& node_inputs, std::string_view base);
  bool unify_all(std::vector<Equality> needed);
  bool make_sizes(ops::Op& op, const ops::Types& result, bool is_computed, std::string_view base);
  bool make_size(const std::string& number, std::string_view by);
  std::string free_symbol(std::string_view base) const;
  void note_sizes_in_use(std::set<std::string>& found) const;
  bool unify_one(const Equality& needed);
  void rename(const std::string& symbol, const Dim& to);
  void note_declared(Renaming& renaming);
  void rename_roles(Renaming& renaming);
  void merge_mentions(Renaming& renaming);
  void undo_to(size_t count) noexcept;
  void note_symbols_of_value(ValueId id);
  void note_symbols_of_node(NodeId id);
  void note_symbols_of_block(NodeId id, const Network& block);
  bool is_counted(const std::string& symbol) const;
  std::vector<NodeId> touched(const Renaming& renaming) const;
  Block renamed(Block block) const;
  PortRole renamed(PortRole role) const;
  bool keeps_rules() const;
  bool is_block_ = false;
  bool follows_rules(const std::vector<NodeId>& list, std::string_view by) const;
  std::vector<Equality> compared(const std::vector<NodeId>& list) const;
  /// Per node, those before it that count what its sizes or attributes speak of: it comes after them, read or not.
  std::vector<std::vector<NodeId>> counters() const;
  /// Symbols that are no more, and the symbol or constant that took their place, which may be no more itself.
  std::map<std::string, Dim, std::less<>> renamed_;
  std::unordered_map<std::string, Mentions> mentions_;  ///< by symbol: none of those that are no more
  std::vector<Renaming> undo_;                          ///< of the attempt that is under way
  std::vector<Definition> definitions_;                 ///< under the names of when they were made
  std::set<std::string> signed_;  ///< numbers that are dimensions and cannot be sizes: an op's rule is another then
  std::vector<Value> values_;
  std::vector<Node> nodes_;
  std::vector<NodeId> order_;              ///< live nodes, and erased ones until the next sort() or remove_dead()
  std::vector<size_t> rank_;               ///< per node: its place in the order, with gaps
  std::vector<std::vector<NodeId>> uses_;  ///< per value: nodes that read it, each once; erased ones as in order_
  size_t next_rank_ = 0;
  std::unordered_map<std::string, int> names_;  ///< each with the first number that was not tried behind it
};

}  // namespace lathe::ir
