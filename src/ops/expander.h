#pragma once
#include "ops/binary.h"
#include "ops/op.h"

namespace lathe::ops {

/// Where an op spells itself in simpler ones: a graph that is being built, whatever it is made of. Values are its own.
///
/// A spelling equals the op on finite numbers as nearly as FP32 (for F64: F64) tells: of narrow floats, it is the same
/// op on wide ones between casts; of wide ones, simpler ops.
class Expander {
 public:
  using Value = ExpanderValue;
  virtual ~Expander() = default;
  /// An op of one output. Throws what its rule throws.
  virtual Value add(Op op, std::vector<Value> inputs) = 0;
  /// A constant of shape [].
  virtual Value scalar(double number, DType type) = 0;
  virtual TensorType type(Value value) const = 0;

  Value cast(Value x, DType to);
  Value reshape(Value x, std::vector<Dim> shape);
  Value binary(BinaryKind kind, Value a, Value b) { return add(Binary{kind}, {a, b}); }
  /// With a number of x's own type.
  Value with_number(BinaryKind kind, Value x, double number) { return binary(kind, x, scalar(number, type(x).dtype)); }
  /// F64 where one of these is, else F32.
  DType working_type(std::span<const Value> values) const;
  /// The values with floats of other types than `working` cast to it.
  std::vector<Value> widened(std::span<const Value> values, DType working);
};

}  // namespace lathe::ops
