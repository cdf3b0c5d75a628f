#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "lathe/format.h"
#include "ops/op.h"
#include "ops/port.h"
#include "ops/recipe.h"

namespace lathe::plan {

/// The processor's place in Plan::devices.
inline constexpr int kHost = 0;

/// Where the memory of a tensor comes from.
enum class Storage : uint8_t {
  input,   ///< the caller binds it
  weight,  ///< a constant of the plan
  arena,   ///< the context's arena, or the caller's memory when it is an output that was bound
  view,    ///< part of another tensor: columns of its last dimension from `offset`, its elements under a new shape, or
           ///< its dimensions in another order
};
LATHE_ENUM_TEXT(Storage, "storage", "input", "weight", "arena", "view");

/// Where in its device's memory a tensor lies.
enum class Memory : uint8_t {
  ordinary,
  /// Of the host: memory that a queue copies from and to while the host goes on (Device::allocate_pinned). The first
  /// device of the plan gives it; others copy as with any memory of the host that they do not know. Of an input only
  /// what the context makes of it: what the caller binds is where it is.
  pinned,
};
LATHE_ENUM_TEXT(Memory, "memory", "ordinary", "pinned");

/// What the integers of a tensor stand for: real = scale * (integer - zero point).
struct Quantization {
  int scale = -1;       ///< the tensor of a weight, f32: one number, or one for each place along `axis`; -1: none
  int zero_point = -1;  ///< the same of the tensor's own type; -1: zero
  int axis = -1;        ///< -1: one scale for all
  bool operator==(const Quantization&) const = default;
};

struct Tensor {
  std::string name;
  ops::TensorType type;
  Storage storage = Storage::arena;
  int weight = -1;     ///< storage = weight: index into Plan::weights
  int base = -1;       ///< storage = view: the tensor viewed
  int64_t offset = 0;  ///< storage = view: first element of each row of `base`; 0 for a reshape
  /// How its elements lie. Of a view: an order of its dimensions, in which they are the elements of `base` one by one.
  /// Weights have formats of their own. Callers bind and read a port in the format of its tensor.
  Format format = {};
  int device = kHost;                ///< whose memory it lies in: index into Plan::devices
  Memory memory = Memory::ordinary;  ///< of a view: its base says it
  Quantization quantization = {};
};

struct Weight {
  std::string name;
  ops::RecipePtr recipe;  ///< how it comes from named source weights; null: it is the source of its name
  DType dtype = DType::f32;
  Shape shape;              ///< as the network has it
  std::string format;       ///< a weight format of the backends; empty: row-major
  bool transposed = false;  ///< formats pack [k, n]; whether `shape` is [n, k]
  Blob data;
};

/// A tactic that was not taken, and why.
struct Rival {
  std::string tactic, reason;
};

/// What steps of ops::Copy between devices have for a tactic: queues copy. Within one a tactic does it.
inline constexpr std::string_view kCopyTactic = "copy";

/// What steps of ops that run blocks have for a tactic: a context runs them.
inline constexpr std::string_view kControlTactic = "control";

struct Step;
/// Steps that another step runs (Op::blocks), with tensors among Plan::tensors.
struct Block {
  std::vector<int> inputs;  ///< what the step reads itself where BlockTypes::from says so, else written by the context
  std::vector<Step> steps;
  std::vector<int> outputs;
};

struct Step {
  std::string name;
  ops::Op op;
  std::string tactic;
  std::vector<int> inputs, outputs;  ///< indices into Plan::tensors
  /// What runs it. Steps of the host run while a run is being enqueued, all others when their device comes to them, in
  /// their order. A copy between devices is a step of the one that is not the host.
  int device = kHost;
  /// Earlier steps of other devices that must be done before it begins: those whose results it reads, or whose counts
  /// size what it reads and writes.
  std::vector<int> waits;
  std::vector<Block> blocks;
  std::vector<std::string> origins;
  double estimate_us = 0;
  std::vector<Rival> rivals;
};

/// The form of the batch that an input belongs to: all texts under one length with a mask, or end to end with their
/// bounds. A run uses one form.
enum class Form : uint8_t { any, padded, packed };
LATHE_ENUM_TEXT(Form, "input form", "any", "padded", "packed");

/// A tensor that callers name.
struct Port {
  std::string name;
  int tensor = -1;
  ops::InputDefault absent = ops::InputDefault::required;
  Form form = Form::any;
  ops::PortRole role = {};
  std::vector<Dim> declared = {};  ///< its shape as it was given, where equalities renamed symbols in it; else empty
  /// What its elements are as sizes of a run, one for each: symbols, or what has taken their places. Empty: no size
  /// follows from them.
  std::vector<Dim> elements = {};
};

struct OutputPort {
  std::string name;
  int tensor = -1;
  bool on_demand = false;
  ops::PortRole role = {};
};

struct Extent {
  int64_t min = 1, opt = 1, max = 1;
};

/// What the sizes of inputs may be in a run, by symbol.
using Profile = std::map<std::string, Extent>;

/// A run-time symbol: a step writes it; `bound` sizes buffers before.
struct RuntimeSymbol {
  std::string name;
  Dim bound;
};

/// Sizes that a run must find equal, because the node `by` of the network needs it. What steps need they compare by
/// their ops' rules; this names it, and what symbols of `declared` shapes are one.
struct Equality {
  Dim a, b;
  std::string by;
};

/// A size that a run computes from elements of inputs before its first step, as the node `by` of the network says. One
/// that is not a symbol alone is compared.
struct Definition {
  Dim size, value;
  std::string by;
};

struct PassLine {
  std::string pass;
  int rewrites = 0;
  std::vector<std::string> reports;
};

/// All that is needed to run a model, and the record of how it was made. Immutable once made.
struct Plan {
  std::string lathe_version, name, precision, source_hash;
  std::vector<std::string> devices{"cpu"};     ///< that its steps run on; the first is the host
  std::vector<std::string> features;           ///< of the machine that it was made for (base/cpu.h)
  std::map<std::string, std::string> options;  ///< every build option that was set
  std::vector<Profile> profiles;               ///< a run fits one; tactics were chosen for the first's opt
  std::vector<RuntimeSymbol> runtime_symbols;
  std::vector<Equality> equalities;
  std::vector<Definition> definitions;  ///< each speaks of those before it alone
  std::vector<Tensor> tensors;
  std::vector<Weight> weights;
  std::vector<Step> steps;  ///< in execution order
  std::vector<Port> inputs;
  std::vector<OutputPort> outputs;
  std::vector<PassLine> passes;
  std::string model_json;      ///< what tasks need to know of the model; empty: none
  std::string tokenizer_json;  ///< Tokenizer::serialize(); empty: none

  /// The most that any profile allows a symbol; 0: none speaks of it.
  int64_t most(std::string_view symbol) const;
  /// What tactics are chosen for: the first profile's opt, of a run-time symbol its bound there; 1 where none says.
  int64_t typical(std::string_view symbol) const;
  /// Whether it speaks of what a step counts.
  bool is_run_time(const Dim& size) const;
  /// With the bound in the place of each run-time symbol.
  Dim bound_of(const Dim& size) const;
  /// The tensor that this one views, or itself.
  int root(int tensor) const;
  /// Whether it is a view of some columns of each row of another, not of all its elements.
  bool is_part_of_rows(int tensor) const;
  /// The equality of these two sizes, in either order, or null.
  const Equality* find_equality(const Dim& a, const Dim& b) const;
  int find_input(std::string_view port) const;
  int find_output(std::string_view port) const;
};

/// Calls visit(step) for each step, those of blocks right behind the one that runs them.
template <class Visit>
void for_each_step(const std::vector<Step>& steps, Visit&& visit) {
  for (const Step& step : steps) {
    visit(step);
    for (const Block& block : step.blocks) for_each_step(block.steps, visit);
  }
}

/// Checks everything that running relies on: indices, types by the ops' rules, sizes of weights, order of steps.
/// Error(corrupt_file) with `where` in front.
void validate(const Plan& plan, std::string_view where);

}  // namespace lathe::plan
