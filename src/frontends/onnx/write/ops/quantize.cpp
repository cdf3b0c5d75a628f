// Quantisation.
#include "ops/quantize.h"
#include "base/dtype.h"
#include "frontends/onnx/write/spelling.h"
#include "ops/dequantize.h"

namespace lathe::onnx {
namespace {

/// x and scales share a type; the quotient is one of F32.
Values quantize(NodeWriter& n) {
  const auto& op = n.op<ops::Quantize>();
  const bool alike = n.type(0).dtype == n.type(1).dtype && n.type(0).dtype != DType::f64;
  Values inputs = n.all_inputs();
  for (size_t i = 0; i < 2 && !alike; ++i) inputs[i] = n.cast(inputs[i], n.type(i).dtype, DType::f32);
  std::vector<proto::Attribute> attributes = {attribute("axis", op.axis), attribute("block_size", op.block_size),
                                              attribute("output_dtype", number_of(op.to))};
  if (!op.saturate) attributes.push_back(attribute("saturate", int64_t{0}));
  return {n.emit("QuantizeLinear", inputs, attributes)};
}

/// The result has the scales' type; F64 is made of F32.
Values dequantize(NodeWriter& n) {
  const auto& op = n.op<ops::Dequantize>();
  const DType made = op.to == DType::f64 ? DType::f32 : op.to;
  Values inputs = n.all_inputs();
  inputs[1] = n.cast(inputs[1], n.type(1).dtype, made);
  const std::string y =
      n.emit("DequantizeLinear", inputs, {attribute("axis", op.axis), attribute("block_size", op.block_size)});
  return {n.cast(y, made, op.to)};
}

constexpr Spelling kSpellings[] = {{"dequantize", dequantize}, {"quantize", quantize}};

}  // namespace

std::span<const Spelling> quantize_spellings() { return kSpellings; }

}  // namespace lathe::onnx
