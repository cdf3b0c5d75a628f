// Element types: casts and quantised numbers.
#include <algorithm>

#include "base/dtype.h"
#include "base/error.h"
#include "frontends/onnx/registry.h"
#include "ops/bitcast.h"
#include "ops/cast.h"
#include "ops/dequantize.h"
#include "ops/quantize.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

DType type_of(NodeReader& n, std::string_view attribute) {
  return dtype_of(static_cast<ElementType>(n.integer(attribute)), "");
}

void cast_to(NodeReader& n, DType to) {
  const ValueId x = n.in(0);
  if (n.dtype(x) == to) return n.give(x);
  n.give(n.add(ops::Cast{.to = to, .saturate = n.integer("saturate", 1) != 0}, {x}));
}

void cast(NodeReader& n) { cast_to(n, type_of(n, "to")); }
void cast_like(NodeReader& n) { cast_to(n, n.dtype(n.in(1))); }

void bitcast(NodeReader& n) { n.give(n.add(ops::Bitcast{type_of(n, "to")}, {n.in(0)})); }

/// One scale has no axis.
int64_t axis_of_scales(NodeReader& n, ValueId x, ValueId scale) {
  return n.rank(scale) == 0 || n.rank(x) == 0 ? 0 : n.axis(n.integer("axis", 1), std::max<int64_t>(n.rank(x), 2));
}

void quantize(NodeReader& n) {
  const ValueId x = n.in(0), scale = n.in(1);
  ops::Quantize op;
  op.to = n.has(2) ? n.dtype(n.in(2)) : n.integer("output_dtype", 0) != 0 ? type_of(n, "output_dtype") : DType::u8;
  op.axis = axis_of_scales(n, x, scale);
  op.block_size = n.integer("block_size", 0);
  op.saturate = n.integer("saturate", 1) != 0;
  std::vector<ValueId> inputs = {x, scale};
  if (n.has(2)) inputs.push_back(n.in(2));
  n.give(n.add(op, inputs));
}

void dequantize(NodeReader& n) {
  const ValueId x = n.in(0), scale = n.in(1);
  ops::Dequantize op;
  op.to = n.integer("output_dtype", 0) != 0 ? type_of(n, "output_dtype") : n.dtype(scale);
  op.axis = axis_of_scales(n, x, scale);
  op.block_size = n.integer("block_size", 0);
  std::vector<ValueId> inputs = {x, scale};
  if (n.has(2)) inputs.push_back(n.in(2));
  n.give(n.add(op, inputs));
}

/// To u8, by the range of x and 0.
void dynamic_quantize(NodeReader& n) {
  const ValueId x = n.in(0);
  const ValueId zero = n.scalar(0, DType::f32);
  std::vector<int64_t> all;
  for (int64_t d = 0; d < n.rank(x); ++d) all.push_back(d);
  const ValueId low = n.binary(BinaryKind::min, n.reduce(ReduceKind::min, x, all, false), zero),
                high = n.binary(BinaryKind::max, n.reduce(ReduceKind::max, x, all, false), zero);
  const ValueId scale = n.binary(BinaryKind::div, n.binary(BinaryKind::sub, high, low), 255.0);
  ValueId place = n.binary(BinaryKind::div, n.binary(BinaryKind::sub, zero, low), scale);
  place = n.binary(BinaryKind::min, n.binary(BinaryKind::max, n.unary(UnaryKind::round, place), 0.0), 255.0);
  const ValueId zero_point = n.cast(place, DType::u8);
  n.give(0, n.add(ops::Quantize{.to = DType::u8}, {x, scale, zero_point}));
  n.give(1, scale);
  n.give(2, zero_point);
}

constexpr Entry kEntries[] = {
    {"BitCast", bitcast},
    {"Cast", cast},
    {"CastLike", cast_like},
    {"DequantizeLinear", dequantize},
    {"DynamicQuantizeLinear", dynamic_quantize},
    {"QuantizeLinear", quantize},
    {"DequantizeLinear", dequantize, kMicrosoft},
    {"QuantizeLinear", quantize, kMicrosoft},
};

}  // namespace

std::span<const Entry> types_entries() { return kEntries; }

}  // namespace lathe::onnx
