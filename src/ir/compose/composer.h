#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "io/tensor.h"
#include "ir/network.h"
#include "lathe/error.h"
#include "ops/binary.h"
#include "ops/reduce.h"
#include "ops/unary.h"

namespace lathe::ir {

/// Adds ops to a network in few words: for what reads or makes a layer that is several ops. Who derives from it says
/// how nodes are named, and what contradicts itself.
class Composer {
 public:
  virtual ~Composer() = default;
  virtual Network& network() const = 0;
  /// A node, and what it gives.
  virtual std::vector<ValueId> add_all(ops::Op op, std::vector<ValueId> inputs) = 0;
  /// An op of one result, perhaps computed at once where its inputs are constants.
  virtual ValueId add(ops::Op op, std::vector<ValueId> inputs) = 0;
  virtual ValueId constant(HostTensor tensor) = 0;
  /// A number of any type, rounded as ops::Cast does.
  virtual ValueId scalar(double number, DType type) = 0;

  /// Error(unsupported).
  [[noreturn]] void refuse(std::string_view problem, std::string_view cure = {}) const;
  /// Operands that contradict what is asked for: what contradiction() says.
  [[noreturn]] void corrupt(std::string_view problem) const { throw contradiction(problem); }

  ValueId vector_of(std::span<const int64_t> numbers);  ///< i64 [n]
  ValueId size(const Dim& d);                           ///< the size as a tensor i64 []
  ValueId binary(ops::BinaryKind kind, ValueId a, ValueId b) { return add(ops::Binary{kind}, {a, b}); }
  /// x (kind) number, in x's type.
  ValueId by_number(ops::BinaryKind kind, ValueId x, double number) {
    return binary(kind, x, scalar(number, dtype(x)));
  }
  ValueId binary(ops::BinaryKind kind, ValueId x, double number) = delete;  ///< numbers are no values: by_number()
  ValueId unary(ops::UnaryKind kind, ValueId x) { return add(ops::Unary{kind}, {x}); }
  ValueId reduce(ops::ReduceKind kind, ValueId x, std::vector<int64_t> axes, bool keep_dims = true) {
    return add(ops::Reduce{kind, std::move(axes), keep_dims}, {x});
  }
  ValueId cast(ValueId x, DType type);
  ValueId reshape(ValueId x, std::vector<Dim> shape);
  /// corrupt() where `perm` does not name each dimension once.
  ValueId transpose(ValueId x, std::vector<int64_t> perm);
  ValueId expand(ValueId x, std::vector<Dim> shape);
  /// x[.., start : start + size, ..] along one axis.
  ValueId slice(ValueId x, int64_t axis, Dim start, Dim size);
  /// x, whose dimension is this size: a run compares what nothing shows; corrupt() for two numbers.
  ValueId with_size(ValueId x, int64_t axis, const Dim& size);
  ValueId concat(std::vector<ValueId> parts, int64_t axis);
  /// 0, 1, .. count - 1: i64 [count].
  ValueId range(Dim count);
  /// With a dimension of 1 at each of these places of the result.
  ValueId unsqueeze(ValueId x, std::vector<int64_t> axes);

  // What is known of values.
  const ops::TensorType& type(ValueId v) const { return network().value(v).type; }
  DType dtype(ValueId v) const { return type(v).dtype; }
  const std::vector<Dim>& shape(ValueId v) const { return type(v).shape; }
  int64_t rank(ValueId v) const { return type(v).rank(); }
  /// A dimension, -1 the last; corrupt() where there is no such one.
  const Dim& dim(ValueId v, int64_t d) const { return shape(v)[static_cast<size_t>(axis(d, rank(v)))]; }
  /// The shape of a value of this many dimensions; else corrupt().
  const std::vector<Dim>& shape(ValueId v, int64_t rank) const;
  /// corrupt() outside [-rank, rank).
  int64_t axis(int64_t axis, int64_t rank) const;
  std::vector<int64_t> axes(std::vector<int64_t> list, int64_t rank) const;  ///< sorted, each once

 private:
  virtual Error contradiction(std::string_view problem) const = 0;
};

}  // namespace lathe::ir
