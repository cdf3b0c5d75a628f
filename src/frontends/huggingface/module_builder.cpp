#include "frontends/huggingface/module_builder.h"

#include <cmath>
#include <numbers>
#include <set>

#include "base/error.h"
#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/gather.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/unary.h"

namespace lathe::huggingface {
namespace {

using ops::BinaryKind;

enum class Form { gelu, gelu_tanh, relu, tanh, sigmoid, silu };
const std::map<std::string_view, Form> kActivations = {
    {"gelu", Form::gelu},
    {"gelu_python", Form::gelu},
    {"gelu_new", Form::gelu_tanh},
    {"gelu_fast", Form::gelu_tanh},
    {"gelu_pytorch_tanh", Form::gelu_tanh},
    {"gelu_python_tanh", Form::gelu_tanh},
    {"relu", Form::relu},
    {"tanh", Form::tanh},
    {"sigmoid", Form::sigmoid},
    {"silu", Form::silu},
    {"swish", Form::silu},
};

/// What is added to the scores of masked keys: the lowest float, as transformers adds it.
constexpr double kLowest = -3.4028234663852886e38;

}  // namespace

void check_activation(std::string_view function, std::string_view where) {
  if (kActivations.contains(function)) return;
  std::set<std::string_view> known;
  for (const auto& [name, form] : kActivations) known.insert(name);
  fail(ErrorCode::unsupported, where, fmt::format("known are {}", fmt::join(known, ", ")),
       "the activation '{}' is not supported", function.substr(0, 64));
}

ir::ValueId ModuleBuilder::binary(BinaryKind kind, ir::ValueId a, ir::ValueId b, std::string_view module,
                                  std::string_view step) {
  return network_.add1(ops::Binary{kind}, {a, b}, fmt::format("{}.{}", module, step), {std::string(module)});
}

ir::ValueId ModuleBuilder::scalar(double number) {
  auto found = scalars_.find(number);
  if (found == scalars_.end()) found = scalars_.emplace(number, network_.add_scalar(static_cast<float>(number))).first;
  return found->second;
}

ir::ValueId ModuleBuilder::linear(ir::ValueId x, int64_t in, int64_t out, const std::string& module, bool bias) {
  ir::ValueId weight = weights_.get(module + ".weight", {out, in});
  if (!bias) return network_.add1(ops::MatMul{.transpose_b = true}, {x, weight}, module + ".matmul", {module});
  return linear_with(x, weight, weights_.get(module + ".bias", {out}), module);
}

ir::ValueId ModuleBuilder::linear_with(ir::ValueId x, ir::ValueId weight, ir::ValueId bias, const std::string& module) {
  ir::ValueId product = network_.add1(ops::MatMul{.transpose_b = true}, {x, weight}, module + ".matmul", {module});
  return binary(BinaryKind::add, product, bias, module, "add");
}

ir::ValueId ModuleBuilder::layer_norm(ir::ValueId x, int64_t width, double epsilon, const std::string& module) {
  auto mean_of = [&](ir::ValueId of, const char* step) {
    return network_.add1(ops::Reduce{ops::ReduceKind::mean, {-1}, true}, {of}, module + step, {module});
  };
  ir::ValueId d = binary(BinaryKind::sub, x, mean_of(x, ".mean"), module, "centre");
  ir::ValueId variance = mean_of(binary(BinaryKind::mul, d, d, module, "square"), ".variance");
  ir::ValueId sum = binary(BinaryKind::add, variance, scalar(epsilon), module, "epsilon");
  ir::ValueId deviation = network_.add1(ops::Unary{ops::UnaryKind::sqrt}, {sum}, module + ".sqrt", {module});
  ir::ValueId y = binary(BinaryKind::div, d, deviation, module, "divide");
  y = binary(BinaryKind::mul, y, weights_.get(module + ".weight", {width}), module, "scale");
  return binary(BinaryKind::add, y, weights_.get(module + ".bias", {width}), module, "shift");
}

ir::ValueId ModuleBuilder::embedding(ir::ValueId ids, int64_t rows, int64_t width, const std::string& module) {
  ir::ValueId table = weights_.get(module + ".weight", {rows, width});
  return network_.add1(ops::Gather{0}, {table, ids}, module + ".gather", {module});
}

ir::ValueId ModuleBuilder::activation(ir::ValueId x, std::string_view function, const std::string& module) {
  auto apply = [&](Activation kind, ir::ValueId to) {
    return network_.add1(ops::Act{kind}, {to}, fmt::format("{}.{}", module, lathe::to_string(kind)), {module});
  };
  Form form = kActivations.at(function);
  if (form == Form::relu) return apply(Activation::relu, x);
  if (form == Form::tanh) return apply(Activation::tanh, x);
  if (form == Form::sigmoid || form == Form::silu) {
    // 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2, which cannot overflow.
    ir::ValueId curve = apply(Activation::tanh, binary(BinaryKind::mul, x, scalar(0.5), module, "half"));
    ir::ValueId y = binary(BinaryKind::mul, binary(BinaryKind::add, curve, scalar(1), module, "one"), scalar(0.5),
                           module, "sigmoid");
    return form == Form::sigmoid ? y : binary(BinaryKind::mul, x, y, module, "product");
  }
  ir::ValueId half = binary(BinaryKind::mul, x, scalar(0.5), module, "half"), curve = ir::kNone;
  if (form == Form::gelu) {
    ir::ValueId scaled = binary(BinaryKind::div, x, scalar(std::numbers::sqrt2), module, "scale");
    curve = network_.add1(ops::Unary{ops::UnaryKind::erf}, {scaled}, module + ".erf", {module});
  } else {
    ir::ValueId cube = binary(BinaryKind::pow, x, scalar(3), module, "cube");
    ir::ValueId small = binary(BinaryKind::mul, scalar(0.044715), cube, module, "small");
    ir::ValueId sum = binary(BinaryKind::add, x, small, module, "sum");
    curve =
        apply(Activation::tanh, binary(BinaryKind::mul, scalar(std::sqrt(2 / std::numbers::pi)), sum, module, "scale"));
  }
  return binary(BinaryKind::mul, half, binary(BinaryKind::add, scalar(1), curve, module, "one"), module, "product");
}

ir::ValueId ModuleBuilder::attention(ir::ValueId q, ir::ValueId k, ir::ValueId v, ir::ValueId mask, int64_t heads,
                                     const std::string& module) {
  const std::vector<Dim> shape = network_.value(q).type.shape;  // a copy: adding nodes moves values
  Dim batch = shape[0], seq = shape[1];
  int64_t width = shape[2].constant(), head_dim = width / heads;
  auto split = [&](ir::ValueId x, std::string_view which) {
    x = network_.add1(ops::Reshape{{batch, seq, heads, head_dim}}, {x}, fmt::format("{}.{}_heads", module, which),
                      {module});
    return network_.add1(ops::Transpose{{0, 2, 1, 3}}, {x}, fmt::format("{}.{}_transpose", module, which), {module});
  };
  ir::ValueId queries = split(q, "query"), keys = split(k, "key"), values = split(v, "value");
  ir::ValueId scores = network_.add1(ops::MatMul{.transpose_b = true}, {queries, keys}, module + ".scores", {module});
  scores = binary(BinaryKind::div, scores, scalar(std::sqrt(static_cast<double>(head_dim))), module, "scale");
  scores = binary(BinaryKind::add, scores, mask, module, "mask");
  ir::ValueId weights = network_.add1(ops::Softmax{-1}, {scores}, module + ".softmax", {module});
  ir::ValueId context = network_.add1(ops::MatMul{}, {weights, values}, module + ".context", {module});
  context = network_.add1(ops::Transpose{{0, 2, 1, 3}}, {context}, module + ".context_transpose", {module});
  return network_.add1(ops::Reshape{{batch, seq, width}}, {context}, module + ".merge_heads", {module});
}

ir::ValueId ModuleBuilder::kept(ir::ValueId mask, const std::string& module) {
  ir::ValueId flags = network_.add1(ops::Cast{DType::boolean}, {mask}, module + ".set", {module});
  return network_.add1(ops::Cast{DType::f32}, {flags}, module + ".mask", {module});
}

ir::ValueId ModuleBuilder::additive_mask(ir::ValueId mask, const std::string& module) {
  const std::vector<Dim> shape = network_.value(mask).type.shape;
  ir::ValueId dropped = binary(BinaryKind::sub, scalar(1), kept(mask, module), module, "invert");
  ir::ValueId added = binary(BinaryKind::mul, dropped, scalar(kLowest), module, "lowest");
  return network_.add1(ops::Reshape{{shape[0], 1, 1, shape[1]}}, {added}, module + ".reshape", {module});
}

ir::ValueId ModuleBuilder::masked(ir::ValueId x, ir::ValueId mask, const std::string& module) {
  std::vector<Dim> shape = network_.value(mask).type.shape;
  ir::ValueId rows = kept(mask, module);
  shape.resize(static_cast<size_t>(network_.value(x).type.rank()), Dim(1));
  if (shape.size() > 2) rows = network_.add1(ops::Reshape{shape}, {rows}, module + ".mask_rows", {module});
  return binary(BinaryKind::mul, x, rows, module, "masked");
}

ir::ValueId ModuleBuilder::normalized(ir::ValueId x, const std::string& module) {
  ir::ValueId square = binary(BinaryKind::mul, x, x, module, "square");
  ir::ValueId sum = network_.add1(ops::Reduce{ops::ReduceKind::sum, {-1}, true}, {square}, module + ".sum", {module});
  ir::ValueId norm = network_.add1(ops::Unary{ops::UnaryKind::sqrt}, {sum}, module + ".sqrt", {module});
  norm = binary(BinaryKind::max, norm, scalar(1e-12), module, "clamp");
  return binary(BinaryKind::div, x, norm, module, "divide");
}

}  // namespace lathe::huggingface
