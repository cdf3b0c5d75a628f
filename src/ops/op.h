#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/dim.h"
#include "lathe/types.h"

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
};

/// What passes may assume of an op.
struct Traits {
  /// Each row of the leading dimensions is computed alone, from the same row of each non-constant input: rows may be
  /// dropped, gathered or packed before the op instead of after it.
  bool token_wise = false;
  /// Only renames the shape: no element moves.
  bool reshapes = false;
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

/// One kind of op: its name, its rules, and how to handle its attribute struct behind a pointer.
struct OpInfo {
  std::string_view name;
  Traits traits;
  Types (*infer)(const void* attributes, const Types& inputs);
  /// The sizes that a run finds, at most kMostCounts, in the order of Launch::extents.
  std::vector<Count> (*counts)(const void* attributes, const Types& inputs);
  /// The blocks that a node of the op has, in order; none for most.
  std::vector<BlockTypes> (*blocks)(const void* attributes, const Types& inputs);
  std::shared_ptr<void> (*make)();
  std::shared_ptr<void> (*clone)(const void* attributes);
  void (*visit)(void* attributes, AttributeVisitor& visitor);
  bool (*equal)(const void* a, const void* b);
};

/// A value that holds one op: an immutable attribute struct and its kind.
///
/// An op `Foo` is a plain struct in ops/foo.h with `operator== = default` and a template `fields(visitor)`; foo.cpp
/// defines its shape and type rule `Types infer(const Foo&, const Types&)` and registers it with
/// LATHE_DEFINE_OP(Foo, "foo", traits). An op whose run finds sizes also has `std::vector<Count> counts(const Foo&,
/// const Types&)`, and one that runs blocks of other nodes `std::vector<BlockTypes> blocks(const Foo&, const Types&)`.
/// op_list.inc names all ops.
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
  /// Types of the outputs; throws Error(shape_mismatch | unsupported) that names the op and the types.
  Types infer(const Types& inputs) const { return info_->infer(attributes_.get(), inputs); }
  /// What a run counts, of input types that infer() takes.
  std::vector<Count> counts(const Types& inputs) const { return info_->counts(attributes_.get(), inputs); }
  /// The blocks that a node has, for input types that infer() takes.
  std::vector<BlockTypes> blocks(const Types& inputs) const { return info_->blocks(attributes_.get(), inputs); }
  /// Shows every attribute to a visitor that does not change them.
  void inspect(AttributeVisitor& visitor) const;
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
  info.infer = [](const void* p, const Types& inputs) { return infer(*static_cast<const T*>(p), inputs); };
  info.counts = [](const void* p, const Types& inputs) -> std::vector<Count> {
    if constexpr (requires(const T& op) { counts(op, inputs); })
      return counts(*static_cast<const T*>(p), inputs);
    else
      return {};
  };
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
