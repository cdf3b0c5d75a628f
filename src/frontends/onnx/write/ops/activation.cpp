// Activations.
#include "ops/activation.h"
#include "frontends/onnx/write/spelling.h"

namespace lathe::onnx {
namespace {

using ops::ActKind;

/// x times a number, or x itself for 1.
std::string scaled(NodeWriter& n, const std::string& x, double factor) {
  return factor == 1 ? x : n.emit("Mul", {x, n.number(factor, n.type().dtype)});
}

/// ONNX's is of F32 up to opset 27.
Values celu(NodeWriter& n, const proto::Attribute& alpha) {
  const DType type = n.type().dtype, made = type == DType::f64 ? type : DType::f32;
  return {n.cast(n.emit("Celu", {n.cast(n.in(0), type, made)}, {alpha}), made, type)};
}

Values activation(NodeWriter& n) {
  const auto& op = n.op<ops::Act>();
  const std::string x = n.in(0);
  const proto::Attribute alpha = attribute("alpha", op.alpha), beta = attribute("beta", op.beta);
  switch (op.kind) {
    case ActKind::none: return {x};
    case ActKind::relu: return n.same("Relu");
    case ActKind::tanh: return n.same("Tanh");
    case ActKind::gelu: return n.same("Gelu");
    case ActKind::gelu_tanh: return n.same("Gelu", {attribute("approximate", "tanh")});
    case ActKind::sigmoid: return n.same("Sigmoid");
    case ActKind::silu: return {n.emit("Mul", {x, n.emit("Sigmoid", {scaled(n, x, op.alpha)})})};
    case ActKind::softplus: return {scaled(n, n.emit("Softplus", {scaled(n, x, op.beta)}), op.alpha)};
    case ActKind::softsign: return n.same("Softsign");
    case ActKind::elu: return n.same("Elu", {alpha});
    case ActKind::selu: return n.same("Selu", {alpha, attribute("gamma", op.beta)});
    case ActKind::celu: return celu(n, alpha);
    case ActKind::leaky_relu: return n.same("LeakyRelu", {alpha});
    case ActKind::thresholded_relu: return n.same("ThresholdedRelu", {alpha});
    case ActKind::clip:
      return {n.emit("Clip", {x, n.number(op.alpha, n.type().dtype), n.number(op.beta, n.type().dtype)})};
    case ActKind::hard_sigmoid: return n.same("HardSigmoid", {alpha, beta});
    case ActKind::hard_swish: return n.same("HardSwish");
    case ActKind::scaled_tanh: return {scaled(n, n.emit("Tanh", {scaled(n, x, op.beta)}), op.alpha)};
    case ActKind::mish: return n.same("Mish");
  }
  return {};
}

constexpr Spelling kSpellings[] = {{"activation", activation}};

}  // namespace

std::span<const Spelling> activation_spellings() { return kSpellings; }

}  // namespace lathe::onnx
