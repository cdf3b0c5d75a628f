#pragma once
#include <span>
#include <vector>

#include "base/file.h"
#include "ops/op.h"

namespace lathe::ir {

/// A constant tensor: all dimensions of the type are constants.
struct ConstantTensor {
  ops::TensorType type;
  Blob data;
};

/// Computes one op on constants. The constant folder calls it; the compiler hands it the reference backend.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  virtual std::vector<ConstantTensor> evaluate(const ops::Op& op, std::span<const ConstantTensor> inputs) const = 0;
};

}  // namespace lathe::ir
