#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// A step of a program: an op that is computed element by element, and the values that it reads.
struct PointwiseStep {
  Op op;
  std::vector<int> args;
  bool operator==(const PointwiseStep&) const = default;
};

/// Steps in order. Values are numbered: the inputs first, then the result of each step.
struct PointwiseProgram {
  static constexpr size_t kMostInputs = 16, kMostSteps = 32;
  std::vector<PointwiseStep> steps;
  bool operator==(const PointwiseProgram&) const = default;
};
/// "add(0,1); clip[0,6](2); cast[f16](3)": kinds of unary, binary, compare and activation by their names, the latter
/// with alpha and beta where these are not 1, casts with their type, where(condition,a,b).
std::string to_string(const PointwiseProgram& program);
/// The inverse. Error(corrupt_file) for text that is no program.
void parse(std::string_view text, PointwiseProgram& program);
/// Whether a program may have the op as a step.
bool is_pointwise(const Op& op);

/// Ops that are computed element by element, one after the other, as one: y is the result of the last step, which has
/// the shape to which all inputs broadcast. Inputs: those of the program, of any types that the steps take. Results of
/// steps on 16-bit floats may be kept in FP32 until they are stored or cast.
struct Pointwise {
  PointwiseProgram program{};

  template <class V>
  void fields(V& v) {
    v.field("program", program);
  }
  LATHE_OP_STRUCT(Pointwise);
};
Types infer(const Pointwise& op, const Types& in, Equalities& needed);
ExpanderValue expand(const Pointwise& op, Expander& to, std::span<const ExpanderValue> in);

/// The types of all values of the program.
Types value_types(const Pointwise& op, const Types& in, Equalities& needed);

}  // namespace lathe::ops
