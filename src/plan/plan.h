#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "ops/op.h"
#include "ops/port.h"

namespace lathe::plan {

/// Where the memory of a tensor comes from.
enum class Storage : uint8_t {
  input,   ///< the caller binds it
  weight,  ///< a constant of the plan
  arena,   ///< the context's arena, or the caller's memory when it is an output that was bound
  view,    ///< part of another tensor: `columns` of its last dimension from `offset`, or its elements under a new shape
};
LATHE_ENUM_TEXT(Storage, "storage", "input", "weight", "arena", "view");

struct Tensor {
  std::string name;
  ops::TensorType type;
  Storage storage = Storage::arena;
  int weight = -1;     ///< storage = weight: index into Plan::weights
  int base = -1;       ///< storage = view: the tensor viewed
  int64_t offset = 0;  ///< storage = view: first element of each row of `base`; 0 for a reshape
};

struct Weight {
  std::string name;
  std::string recipe;  ///< how it comes from named source weights
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

struct Step {
  std::string name;
  ops::Op op;
  std::string tactic;
  std::vector<int> inputs, outputs;  ///< indices into Plan::tensors
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

struct PassLine {
  std::string pass;
  int rewrites = 0;
  std::vector<std::string> reports;
};

/// All that is needed to run a model, and the record of how it was made. Immutable once made.
struct Plan {
  std::string lathe_version, name, precision, source_hash;
  std::vector<std::string> features;           ///< of the machine that it was made for (base/cpu.h)
  std::map<std::string, std::string> options;  ///< every build option that was set
  std::vector<Profile> profiles;               ///< a run fits one; tactics were chosen for the first's opt
  std::vector<RuntimeSymbol> runtime_symbols;
  std::vector<Equality> equalities;
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
  /// The equality of these two sizes, in either order, or null.
  const Equality* find_equality(const Dim& a, const Dim& b) const;
  int find_input(std::string_view port) const;
  int find_output(std::string_view port) const;
};

/// Checks everything that running relies on: indices, types by the ops' rules, sizes of weights, order of steps.
/// Error(corrupt_file) with `where` in front.
void validate(const Plan& plan, std::string_view where);

}  // namespace lathe::plan
