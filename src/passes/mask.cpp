#include "passes/mask.h"

#include <cmath>

#include "base/dtype.h"
#include "ir/pattern.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/reshape.h"
#include "ops/unary.h"

namespace lathe::passes {
namespace {

/// value = slope * base + offset
struct Affine {
  ir::ValueId base;
  double slope = 1, offset = 0;
};

/// Puts one step of the way down to the mask into `f`; false at the end of the way.
bool descend(const ir::Network& network, Affine& f) {
  const ir::Node* node = network.producer(f.base);
  if (!node) return false;
  if (node->op.is<ops::Reshape>() || node->op.is<ops::Cast>()) {
    f.base = node->inputs[0];
    return true;
  }
  if (const auto* unary = node->op.as<ops::Unary>(); unary && unary->kind == ops::UnaryKind::neg) {
    f = {node->inputs[0], -f.slope, f.offset};
    return true;
  }
  const auto* binary = node->op.as<ops::Binary>();
  if (!binary) return false;
  auto left = ir::number_of(network, node->inputs[0]), right = ir::number_of(network, node->inputs[1]);
  if (left.has_value() == right.has_value()) return false;
  double n = left ? *left : *right;
  double slope = 1, offset = 0;  // of this node, as a function of its other operand
  switch (binary->kind) {
    case ops::BinaryKind::add: offset = n; break;
    case ops::BinaryKind::sub:
      slope = left ? -1 : 1;
      offset = left ? n : -n;
      break;
    case ops::BinaryKind::mul: slope = n; break;
    case ops::BinaryKind::div:
      if (left) return false;
      slope = 1 / n;
      break;
    default: return false;
  }
  f = {node->inputs[left ? 1 : 0], f.slope * slope, f.slope * offset + f.offset};
  return true;
}

/// Whether a cast makes zero of nothing but zero: from integers, no integer is rounded to it or wraps around to it.
bool keeps_zeros(DType from, DType to) {
  if (from == to || from == DType::boolean || to == DType::boolean) return true;
  return !is_float(from) && (is_float(to) || size_of(to) >= size_of(from));
}

}  // namespace

ir::ValueId mask_of_additive(const ir::Network& network, ir::ValueId additive) {
  constexpr double kHides = -9000;  // exp(-9000) is 0 in every type; exporters write -10000 and below
  Affine f{additive};
  while (descend(network, f)) {}
  const ops::TensorType& type = network.value(f.base).type;
  bool integer =
      type.dtype != DType::f32 && type.dtype != DType::f64 && type.dtype != DType::f16 && type.dtype != DType::bf16;
  bool keeps_ones = std::fabs(f.slope + f.offset) <= 1e-6 * std::fabs(f.offset);
  if (!integer || type.rank() != 2 || network.is_constant(f.base)) return ir::kNone;
  return keeps_ones && f.offset <= kHides ? f.base : ir::kNone;
}

ir::ValueId without_casts(const ir::Network& network, ir::ValueId value, bool exact) {
  for (const ir::Node* node = network.producer(value);
       node && (node->op.is<ops::Reshape>() || node->op.is<ops::Cast>()); node = network.producer(value)) {
    const ir::ValueId from = node->inputs[0];
    if (exact && !keeps_zeros(network.value(from).type.dtype, network.value(value).type.dtype)) break;
    value = from;
  }
  return value;
}

bool is_zero_or_one(const ir::Network& network, ir::ValueId value) {
  while (network.value(value).type.dtype != DType::boolean) {
    const ir::Node* node = network.producer(value);
    if (!node || !(node->op.is<ops::Reshape>() || node->op.is<ops::Cast>())) return false;
    value = node->inputs[0];
  }
  return true;
}

}  // namespace lathe::passes
