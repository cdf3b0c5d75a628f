// Element types: casts and quantised numbers.
#include <algorithm>

#include "base/dtype.h"
#include "base/error.h"
#include "frontends/onnx/ops/integers.h"
#include "frontends/onnx/registry.h"
#include "ops/bitcast.h"
#include "ops/cast.h"
#include "ops/dequantize.h"
#include "ops/quantize.h"

namespace lathe::onnx {
namespace {

DType type_of(NodeReader& n, std::string_view attribute) { return dtype_of(n.integer(attribute), ""); }

void cast_to(NodeReader& n, DType to) {
  n.ignore({"saturate", "round_mode"});
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

/// A zero point as the scale lies: of one element, both may have other shapes.
ValueId zero_point(NodeReader& n, ValueId scale) {
  const ValueId zero = n.in(2);
  const bool one = count_of(n.shape(zero)) == Dim(1) && count_of(n.shape(scale)) == Dim(1);
  return one ? n.reshape(zero, n.shape(scale)) : zero;
}

void quantize(NodeReader& n) {
  n.ignore({"axis", "output_dtype", "precision"});
  const ValueId x = n.in(0), scale = n.in(1);
  ops::Quantize op;
  op.to = n.has(2) ? n.dtype(n.in(2)) : n.integer("output_dtype", 0) != 0 ? type_of(n, "output_dtype") : DType::u8;
  op.axis = axis_of_scales(n, x, scale);
  op.block_size = n.integer("block_size", 0);
  op.saturate = n.integer("saturate", 1) != 0;
  std::vector<ValueId> inputs = {x, scale};
  if (n.has(2)) inputs.push_back(zero_point(n, scale));
  n.give(n.add(op, inputs));
}

void dequantize(NodeReader& n) {
  n.ignore({"axis"});
  const ValueId x = n.in(0), scale = n.in(1);
  ops::Dequantize op;
  op.to = n.integer("output_dtype", 0) != 0 ? type_of(n, "output_dtype") : n.dtype(scale);
  op.axis = axis_of_scales(n, x, scale);
  op.block_size = n.integer("block_size", 0);
  std::vector<ValueId> inputs = {x, scale};
  if (n.has(2)) inputs.push_back(zero_point(n, scale));
  n.give(n.add(op, inputs));
}

void dynamic_quantize(NodeReader& n) {
  const DynamicallyQuantized x = dynamically_quantized(n, n.in(0));
  n.give(0, x.y);
  n.give(1, x.scale);
  n.give(2, x.zero_point);
}

constexpr Entry kEntries[] = {
    {"BitCast", bitcast},
    {"Cast", cast, {}, "no strings"},
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
