#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/activation.h"
#include "ops/op.h"

namespace lathe::ops {

/// What a product does with its result before it is stored: records applied in order, in FP32. Their operands follow
/// the product's own inputs in the same order.
struct EpilogueRecord {
  enum class Kind : uint8_t {
    bias,        ///< y += b           operand b [n]
    activation,  ///< y = f(y)         no operand; alpha and beta as ops/activation.h has them
    residual,    ///< y += r           operand r, shape and type of y
    layer_norm,  ///< y = LayerNorm(y) operands gamma [n], beta [n]
  };
  Kind kind = Kind::bias;
  Activation activation = Activation::none;
  double alpha = 1, beta = 1;
  double epsilon = 0;
  size_t operands() const { return kind == Kind::layer_norm ? 2 : kind == Kind::activation ? 0 : 1; }
  bool operator==(const EpilogueRecord&) const = default;
};

struct Epilogue {
  static constexpr size_t kMostRecords = 16;
  std::vector<EpilogueRecord> records;  ///< any, in any order, at most kMostRecords
  size_t operands() const;
  /// The record that the epilogue's operand i belongs to.
  const EpilogueRecord& record_of(size_t operand) const;
  /// Index among the epilogue's operands of the first operand of the first record of this kind, or -1.
  int operand_of(EpilogueRecord::Kind kind) const;
  const EpilogueRecord* find(EpilogueRecord::Kind kind) const;
  bool operator==(const Epilogue&) const = default;
};

std::string to_string(const Epilogue& epilogue);  // "bias+gelu+clip(0,6)+residual+layer_norm(1e-12)", "" for none
void parse(std::string_view text, Epilogue& epilogue);

/// The records, spelt in ops on y, which has the type that they work in. A residual just before a layer_norm is part
/// of its op.
ExpanderValue expand(const Epilogue& epilogue, Expander& to, ExpanderValue y, std::span<const ExpanderValue> operands);

}  // namespace lathe::ops
