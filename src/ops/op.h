#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/dim.h"
#include "lathe/types.h"
#include "ops/elements.h"

namespace lathe::ops {

/// The type of a value: element type and symbolic shape.
struct TensorType {
  DType dtype = DType::f32;
  std::vector<Dim> shape;
  int rank() const { return static_cast<int>(shape.size()); }
  bool operator==(const TensorType&) const = default;
};
std::string to_string(const TensorType& type);  // "f32[batch, seq, 768]"
/// The inverse. Error(corrupt_file) for text that is no type.
TensorType parse_type(std::string_view text);
/// The parts of "a, f(b, c), d" between top-level commas, without spaces around them.
std::vector<std::string_view> split_list(std::string_view text);

/// A name as the text form shows it: bare when it is made of letters, digits and _ . / : - +, else in double quotes
/// with \" \\ and \xNN.
std::string quoted_if_odd(std::string_view name);
/// Whether a bare word may hold the character.
bool is_word_character(char c);

/// Walks the attributes of an op by name, to write or to read them. Reading leaves an attribute that the source lacks
/// at its default. One walk serves the text form, the plan file and hashing.
class AttributeVisitor {
 public:
  virtual ~AttributeVisitor() = default;
  virtual void field(std::string_view name, int64_t& value) = 0;
  virtual void field(std::string_view name, double& value) = 0;
  virtual void field(std::string_view name, bool& value) = 0;
  virtual void field(std::string_view name, std::string& value) = 0;
  virtual void field(std::string_view name, std::vector<int64_t>& value) = 0;
  virtual void field(std::string_view name, std::vector<Dim>& value) = 0;
  virtual void field(std::string_view name, std::vector<TensorType>& value) = 0;
  /// Enumerations and small records travel as their text.
  template <class T>
  requires requires(const T& t, T& out, std::string_view s) {
    { to_string(t) } -> std::convertible_to<std::string>;
    parse(s, out);
  }
  void field(std::string_view name, T& value) {
    std::string text(to_string(value));
    field(name, text);
    parse(text, value);
  }
  void field(std::string_view name, DType& value) {
    std::string text(lathe::to_string(value));
    field(name, text);
    value = parse_dtype(text);
  }
  /// A single dimension travels as a list of one.
  void field(std::string_view name, Dim& value) {
    std::vector<Dim> list = {value};
    field(name, list);
    if (list.size() == 1) value = list[0];
  }
};

/// What passes may assume of all ops of a kind.
struct Traits {
  /// Only renames the shape: no element moves.
  bool reshapes = false;
  /// Stores the narrow type of a build (bf16) where it is given it: all its float inputs are then narrow, but those
  /// that takes_narrow() excepts. Ops without it work on f32.
  bool narrow = false;
  /// A second run is not the first one again (random numbers), or leaves a trace: a node of such an op is neither
  /// merged with an equal one nor computed when a plan is built. It still goes where nobody reads it.
  bool effect = false;
};

using Types = std::vector<TensorType>;

/// A size of an op's outputs that is known only when the op has run: its name in their shapes, and the most that it can
/// be.
struct Count {
  std::string symbol;
  Dim most;
  bool operator==(const Count&) const = default;
};
inline constexpr size_t kMostCounts = 4;

/// What a block of an op that runs other nodes (if, loop) is given and gives.
struct BlockTypes {
  Types inputs, outputs;
  std::vector<int> from;  ///< per input: which of the op's inputs is read where it lies; -1: memory of the block's own
};

/// Which input of an op holds bounds of sequences, i32 [batch + 1], that its kernels trust: they rise from 0, and the
/// last is the number of rows of input 0. Whoever runs the op checks them first.
struct SequenceBounds {
  size_t input = 0;
  bool delimits_rows = true;  ///< false: the op only asks which sequences are empty; the last bound may be any
};

/// Numbers of one input that pick places of another along an axis: each must be one that is there.
struct Lookup {
  size_t ids = 0, table = 0;
  int64_t axis = 0;
};

struct RowQuestion;  // ops/rows.h
struct RowForm;
struct Masked;   // ops/masked.h
class Expander;  // ops/expander.h
using ExpanderValue = int32_t;
inline constexpr ExpanderValue kNoExpansion = -1;

/// One kind of op: its name, its rules, and how to handle its attribute struct behind a pointer.
struct OpInfo {
  std::string_view name;
  Traits traits;
  Types (*infer)(const void* attributes, const Types& inputs, Equalities& needed);
  /// Writes into the attributes what the op takes from inputs behind its first ones; how many inputs then remain.
  /// Null: every input remains.
  size_t (*resolve)(void* attributes, const Types& inputs, const Contents& known);
  /// The elements of the one output; null: never known.
  Elements (*elements)(const void* attributes, const Types& inputs, const Contents& known);
  /// The sizes that a run finds, at most kMostCounts, in the order of Launch::extents; null: none.
  std::vector<Count> (*counts)(const void* attributes, const Types& inputs);
  /// The blocks that a node of the op has, in order; none for most.
  std::vector<BlockTypes> (*blocks)(const void* attributes, const Types& inputs);
  std::shared_ptr<void> (*make)();
  std::shared_ptr<void> (*clone)(const void* attributes);
  void (*visit)(void* attributes, AttributeVisitor& visitor);
  bool (*equal)(const void* a, const void* b);

  // What an op says of itself in functions beside infer(), each null where it has none; class Op says what they mean.
  bool (*row_form)(const void* attributes, const RowQuestion& question, RowForm& form);
  bool (*masked)(const void* attributes, Masked& masked);
  bool (*takes_narrow)(const void* attributes, size_t input);
  std::optional<SequenceBounds> (*bounds)(const void* attributes);
  std::vector<Lookup> (*lookups)(const void* attributes);
  Dim (*flops)(const void* attributes, const Types& inputs);
  ExpanderValue (*expand)(const void* attributes, Expander& to, std::span<const ExpanderValue> inputs);
  void (*store)(void* attributes, DType type);  ///< of ops with an attribute `DType out`
};

/// A value that holds one op: an immutable attribute struct and its kind.
///
/// An op `Foo` is a plain struct in ops/foo.h with `operator== = default` and a template `fields(visitor)`; foo.cpp
/// defines its shape and type rule `Types infer(const Foo&, const Types&)` and registers it with
/// LATHE_DEFINE_OP(Foo, "foo", traits). op_list.inc names all ops. What else there is to say of it stands in foo.cpp
/// too, declared in foo.h:
///   std::vector<Count> counts(const Foo&, const Types&)       sizes that its run finds
///   size_t resolve(Foo&, const Types&, const Contents&)       sizes that come as inputs become attributes
///   Elements elements(const Foo&, const Types&, const Contents&)   what is known of the sizes that it computes
///   std::vector<BlockTypes> blocks(const Foo&, const Types&)  blocks of other nodes that it runs
///   bool row_form(const Foo&, const RowQuestion&, RowForm&)   how it is computed on other rows       ops/rows.h
///   bool masked(const Foo&, Masked&)                          how it reads rows under a mask         ops/masked.h
///   bool takes_narrow(const Foo&, size_t input)               which inputs are narrow (Traits::narrow)
///   std::optional<SequenceBounds> bounds(const Foo&)          the input that delimits sequences
///   std::vector<Lookup> lookups(const Foo&)                   the inputs that hold ids
///   Dim flops(const Foo&, const Types&)                       the arithmetic of its products
///   ExpanderValue expand(const Foo&, Expander&, std::span<const ExpanderValue>)   its spelling in simpler ops
///
/// Where its rule may need sizes equal that nothing shows to be, it is `infer(const Foo&, const Types&, Equalities&)`
/// (need_equal in ops/shape_rules.h). Sizes are resolved as a node is added: rules, passes, plans and kernels see the
/// attributes alone.
class Op {
 public:
  Op() = default;
  template <class T>
  requires requires { T::info(); }
  Op(T attributes)  // NOLINT(google-explicit-constructor): an attribute struct is an op
      : info_(&T::info()), attributes_(std::make_shared<T>(std::move(attributes))) {}
  Op(const OpInfo& info, std::shared_ptr<const void> attributes) : info_(&info), attributes_(std::move(attributes)) {}

  explicit operator bool() const { return info_ != nullptr; }
  const OpInfo& info() const { return *info_; }
  std::string_view name() const { return info_->name; }
  const Traits& traits() const { return info_->traits; }
  /// The attributes when this is a T, else null.
  template <class T>
  const T* as() const {
    return info_ == &T::info() ? static_cast<const T*>(attributes_.get()) : nullptr;
  }
  template <class T>
  bool is() const {
    return info_ == &T::info();
  }
  /// Types of the outputs, and the sizes that must then be equal in a run; throws Error(shape_mismatch | unsupported)
  /// that names the op and the types.
  Types infer(const Types& inputs, Equalities& needed) const { return info_->infer(attributes_.get(), inputs, needed); }
  /// The same where nothing is left to a run: Error(shape_mismatch) for sizes that are not shown to be equal.
  Types infer(const Types& inputs) const;
  /// The op with sizes that it takes from inputs written into its attributes, and how many inputs it then has.
  /// Error(unsupported) names the input whose elements are not known, shape_mismatch what they cannot be.
  std::pair<Op, size_t> resolve(const Types& inputs, const Contents& known) const;
  /// What is known of the elements of an output of this type.
  Elements elements(const Types& inputs, const Contents& known, const TensorType& output) const;
  bool knows_elements() const { return info_->elements != nullptr; }
  bool resolves() const { return info_->resolve != nullptr; }
  /// What a run counts, of input types that infer() takes.
  std::vector<Count> counts(const Types& inputs) const {
    return may_count() ? info_->counts(attributes_.get(), inputs) : std::vector<Count>();
  }
  bool may_count() const { return info_->counts != nullptr; }
  /// The blocks that a node has, for input types that infer() takes.
  std::vector<BlockTypes> blocks(const Types& inputs) const { return info_->blocks(attributes_.get(), inputs); }
  /// The op that computes its result on other rows, where each row of it comes from the same row of inputs alone.
  std::optional<RowForm> row_form(const RowQuestion& question) const;
  /// How it reads rows under a mask of tokens; nothing where it has none.
  std::optional<Masked> masked() const;
  /// Whether input i, a float, is given in the narrow type where the op stores that.
  bool takes_narrow(size_t input) const;
  /// The op with its result in this type, where it can store several; else the op itself.
  Op storing(DType type) const;
  std::optional<SequenceBounds> bounds() const {
    return info_->bounds ? info_->bounds(attributes_.get()) : std::nullopt;
  }
  std::vector<Lookup> lookups() const {
    return info_->lookups ? info_->lookups(attributes_.get()) : std::vector<Lookup>();
  }
  /// Multiplications and additions of its products, for input types that infer() takes; other work counts as nothing.
  /// Error(out_of_range) where no dimension can say it.
  Dim flops(const Types& inputs) const { return info_->flops ? info_->flops(attributes_.get(), inputs) : Dim(0); }
  /// Whether ops of this kind can be spelt in simpler ones, and the value that equals the op's only output in such a
  /// spelling, or kNoExpansion where these attributes have none. Spellings never go round in a circle.
  bool expands() const { return info_->expand != nullptr; }
  ExpanderValue expand(Expander& to, std::span<const ExpanderValue> inputs) const {
    return info_->expand ? info_->expand(attributes_.get(), to, inputs) : kNoExpansion;
  }
  /// Shows every attribute to a visitor that does not change them.
  void inspect(AttributeVisitor& visitor) const;
  /// The dimensions among the attributes, in the order of the fields.
  std::vector<Dim> dims() const;
  /// The op with each of them replaced.
  Op with_dims(const std::function<Dim(const Dim&)>& replacement) const;
  /// "layer_norm(epsilon=1e-05)": attributes that differ from their defaults; texts as quoted_if_odd() gives them.
  std::string str() const;
  bool operator==(const Op& other) const {
    return info_ == other.info_ && (info_ == nullptr || info_->equal(attributes_.get(), other.attributes_.get()));
  }

 private:
  const OpInfo* info_ = nullptr;
  std::shared_ptr<const void> attributes_;
};

/// All ops, in the order of op_list.inc.
const std::vector<const OpInfo*>& all_ops();
/// Error(unsupported) for a name that is no op of this version.
const OpInfo& find_op(std::string_view name);
/// An op whose attributes a visitor fills in.
Op make_op(std::string_view name, AttributeVisitor& reader);

/// Error(shape_mismatch) with the op's name and the input types.
[[noreturn]] void reject(std::string_view op, const Types& inputs, std::string_view reason);

template <class T>
OpInfo describe(std::string_view name, Traits traits) {
  OpInfo info;
  info.name = name;
  info.traits = traits;
  info.infer = [](const void* p, const Types& inputs, [[maybe_unused]] Equalities& needed) {
    if constexpr (requires(const T& op) { infer(op, inputs, needed); })
      return infer(*static_cast<const T*>(p), inputs, needed);
    else
      return infer(*static_cast<const T*>(p), inputs);
  };
  info.resolve = nullptr;
  if constexpr (requires(T & op, const Types& in, const Contents& known) { resolve(op, in, known); })
    info.resolve = [](void* p, const Types& in, const Contents& known) {
      return resolve(*static_cast<T*>(p), in, known);
    };
  info.elements = nullptr;
  if constexpr (requires(const T& op, const Types& in, const Contents& known) { elements(op, in, known); })
    info.elements = [](const void* p, const Types& in, const Contents& known) {
      return elements(*static_cast<const T*>(p), in, known);
    };
  info.counts = nullptr;
  if constexpr (requires(const T& op, const Types& in) { counts(op, in); })
    info.counts = [](const void* p, const Types& in) { return counts(*static_cast<const T*>(p), in); };
  info.blocks = [](const void* p, const Types& inputs) -> std::vector<BlockTypes> {
    if constexpr (requires(const T& op) { blocks(op, inputs); })
      return blocks(*static_cast<const T*>(p), inputs);
    else
      return {};
  };
  info.make = []() -> std::shared_ptr<void> { return std::make_shared<T>(); };
  info.clone = [](const void* p) -> std::shared_ptr<void> { return std::make_shared<T>(*static_cast<const T*>(p)); };
  info.visit = [](void* p, AttributeVisitor& v) { static_cast<T*>(p)->fields(v); };
  info.equal = [](const void* a, const void* b) { return *static_cast<const T*>(a) == *static_cast<const T*>(b); };
  info.row_form = nullptr;
  if constexpr (requires(const T& op, const RowQuestion& q, RowForm& form) { row_form(op, q, form); })
    info.row_form = [](const void* p, const RowQuestion& q, RowForm& f) {
      return row_form(*static_cast<const T*>(p), q, f);
    };
  info.masked = nullptr;
  if constexpr (requires(const T& op, Masked& m) { masked(op, m); })
    info.masked = [](const void* p, Masked& m) { return masked(*static_cast<const T*>(p), m); };
  info.takes_narrow = nullptr;
  if constexpr (requires(const T& op) { takes_narrow(op, size_t{}); })
    info.takes_narrow = [](const void* p, size_t input) { return takes_narrow(*static_cast<const T*>(p), input); };
  info.bounds = nullptr;
  if constexpr (requires(const T& op) { bounds(op); })
    info.bounds = [](const void* p) { return bounds(*static_cast<const T*>(p)); };
  info.lookups = nullptr;
  if constexpr (requires(const T& op) { lookups(op); })
    info.lookups = [](const void* p) { return lookups(*static_cast<const T*>(p)); };
  info.flops = nullptr;
  if constexpr (requires(const T& op, const Types& in) { flops(op, in); })
    info.flops = [](const void* p, const Types& in) { return flops(*static_cast<const T*>(p), in); };
  info.expand = nullptr;
  if constexpr (requires(const T& op, Expander& to, std::span<const ExpanderValue> in) { expand(op, to, in); })
    info.expand = [](const void* p, Expander& to, std::span<const ExpanderValue> in) {
      return expand(*static_cast<const T*>(p), to, in);
    };
  info.store = nullptr;
  if constexpr (requires(T & op) { requires std::is_same_v<decltype(op.out), DType>; })
    info.store = [](void* p, DType type) { static_cast<T*>(p)->out = type; };
  return info;
}

/// Inside an op's struct.
#define LATHE_OP_STRUCT(Name)                \
  static const ::lathe::ops::OpInfo& info(); \
  bool operator==(const Name&) const = default

/// In an op's source, inside namespace lathe::ops.
#define LATHE_DEFINE_OP(Name, name, ...)                             \
  const OpInfo& Name::info() {                                       \
    static const OpInfo info = describe<Name>(#name, ##__VA_ARGS__); \
    return info;                                                     \
  }                                                                  \
  const OpInfo& op_info_##name() { return Name::info(); }

}  // namespace lathe::ops
