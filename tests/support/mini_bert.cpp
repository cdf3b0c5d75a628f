#include "tests/support/mini_bert.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/gather.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/unary.h"

namespace lathe::test {

using ir::ValueId;
using ops::BinaryKind;

ValueId NetworkBuilder::input(const std::string& name, const std::vector<Dim>& shape, DType dtype,
                              ir::InputDefault absent) {
  return network.add_input(name, {dtype, shape}, absent);
}

ValueId NetworkBuilder::weight(const std::string& name, const std::vector<int64_t>& shape, double mean,
                               double deviation) {
  Shape sizes;
  for (int64_t d : shape) sizes.push_back(d);
  return constant(random_.normal_tensor(name, DType::f32, sizes, mean, deviation));
}

ValueId NetworkBuilder::constant(const HostTensor& tensor) {
  auto recipe = std::make_shared<ir::Recipe>();
  recipe->source = tensor.name;
  ops::TensorType type{tensor.dtype, {}};
  for (int d = 0; d < tensor.shape.rank(); ++d) type.shape.emplace_back(tensor.shape[d]);
  return network.add_constant(tensor.name, type, {tensor.data, recipe});
}

ValueId NetworkBuilder::stored_weight(const std::string& name, const std::vector<int64_t>& shape, DType stored) {
  if (stored == DType::f32) return weight(name, shape);
  Shape sizes;
  for (int64_t d : shape) sizes.push_back(d);
  return cast(constant(random_.normal_tensor(name, stored, sizes, 0, 0.5)));
}

ValueId NetworkBuilder::add(ops::Op op, std::vector<ValueId> inputs) {
  std::string name = fmt::format("{}.{}", origin_, op.name());
  return network.add1(std::move(op), std::move(inputs), name, {origin_});
}

ValueId NetworkBuilder::sum(ValueId a, ValueId b) { return add(ops::Binary{BinaryKind::add}, {a, b}); }
ValueId NetworkBuilder::difference(ValueId a, ValueId b) { return add(ops::Binary{BinaryKind::sub}, {a, b}); }
ValueId NetworkBuilder::product(ValueId a, ValueId b) { return add(ops::Binary{BinaryKind::mul}, {a, b}); }
ValueId NetworkBuilder::quotient(ValueId a, ValueId b) { return add(ops::Binary{BinaryKind::div}, {a, b}); }
ValueId NetworkBuilder::mean_last(ValueId x) { return add(ops::Reduce{ops::ReduceKind::mean, {-1}, true}, {x}); }
ValueId NetworkBuilder::sqrt(ValueId x) { return add(ops::Unary{ops::UnaryKind::sqrt}, {x}); }
ValueId NetworkBuilder::reshape(ValueId x, std::vector<Dim> shape) { return add(ops::Reshape{std::move(shape)}, {x}); }
ValueId NetworkBuilder::transpose(ValueId x, std::vector<int64_t> perm) {
  return add(ops::Transpose{std::move(perm)}, {x});
}
ValueId NetworkBuilder::cast(ValueId x, DType to) { return add(ops::Cast{to}, {x}); }

ValueId NetworkBuilder::linear(ValueId x, int64_t out) {
  std::string base = fmt::format("{}.{}", origin_, weights_++);
  double deviation = 1 / std::sqrt(static_cast<double>(width(x)));
  ValueId w = weight(base + ".weight", {out, width(x)}, 0, deviation), b = weight(base + ".bias", {out}, 0, 0.2);
  return sum(add(ops::MatMul{.transpose_b = true}, {x, w}), b);
}

ValueId NetworkBuilder::layer_norm(ValueId x, double epsilon) {
  std::string base = fmt::format("{}.{}", origin_, weights_++);
  ValueId gamma = weight(base + ".gamma", {width(x)}, 1, 0.2), beta = weight(base + ".beta", {width(x)}, 0, 0.2);
  ValueId d = difference(x, mean_last(x));
  ValueId deviation = sqrt(sum(mean_last(product(d, d)), number(epsilon)));
  return sum(product(quotient(d, deviation), gamma), beta);
}

ValueId NetworkBuilder::gelu(ValueId x) {
  ValueId erf = add(ops::Unary{ops::UnaryKind::erf}, {quotient(x, number(std::numbers::sqrt2))});
  return product(product(x, number(0.5)), sum(number(1), erf));
}

ValueId NetworkBuilder::gelu_tanh(ValueId x) {
  ValueId cube = add(ops::Binary{BinaryKind::pow}, {x, number(3)});
  ValueId inner = product(number(std::sqrt(2 / std::numbers::pi)), sum(x, product(number(0.044715), cube)));
  return product(product(number(0.5), x), sum(number(1), add(ops::Act{Activation::tanh}, {inner})));
}

ValueId NetworkBuilder::split_heads(ValueId x, int64_t heads) {
  std::vector<Dim> shape = network.value(x).type.shape;
  return transpose(reshape(x, {shape[0], shape[1], heads, width(x) / heads}), {0, 2, 1, 3});
}

ValueId NetworkBuilder::merge_heads(ValueId x) {
  std::vector<Dim> shape = network.value(x).type.shape;
  return reshape(transpose(x, {0, 2, 1, 3}), {shape[0], shape[2], shape[1] * shape[3]});
}

ValueId NetworkBuilder::additive_mask(ValueId mask, double lowest) {
  std::vector<Dim> shape = network.value(mask).type.shape;
  return reshape(product(difference(number(1), cast(mask)), number(lowest)), {shape[0], 1, 1, shape[1]});
}

ValueId NetworkBuilder::self_attention(ValueId x, ValueId additive, int64_t heads) {
  int64_t size = width(x);
  ValueId q = linear(x, size), k = linear(x, size), v = linear(x, size);
  ValueId queries = split_heads(q, heads), keys = split_heads(k, heads), values = split_heads(v, heads);
  ValueId scores = add(ops::MatMul{.transpose_b = true}, {queries, keys});
  scores = quotient(scores, number(std::sqrt(static_cast<double>(size / heads))));
  if (additive != ir::kNone) scores = sum(scores, additive);
  return merge_heads(add(ops::MatMul{}, {add(ops::Softmax{-1}, {scores}), values}));
}

ValueId NetworkBuilder::masked(ValueId x, ValueId mask) {
  std::vector<Dim> shape = network.value(mask).type.shape;
  shape.resize(static_cast<size_t>(network.value(x).type.rank()), Dim(1));
  return product(x, reshape(cast(mask), shape));
}

ir::Network mini_bert(const MiniBertOptions& o) {
  NetworkBuilder b(o.seed);
  b.network.name = "mini-bert";
  const std::vector<Dim> rows = {Dim::symbol("batch"), Dim::symbol("seq")};
  const int64_t hidden = o.heads * o.head_dim;
  ValueId ids = b.input("input_ids", rows, DType::i32);
  ValueId mask = b.input("attention_mask", rows, DType::i32, ir::InputDefault::ones);
  ValueId types = b.input("token_type_ids", rows, DType::i32, ir::InputDefault::zeros);
  ValueId places = b.input("position_ids", rows, DType::i32, ir::InputDefault::positions);
  auto lookup = [&](const char* name, int64_t size, ValueId of) {
    b.set_origin(std::string("bert.embeddings.") + name);
    return b.add(ops::Gather{0}, {b.stored_weight(name, {size, hidden}, o.stored), of});
  };
  ValueId words = lookup("word_embeddings", o.vocab, ids), kinds = lookup("token_type_embeddings", o.types, types);
  ValueId positions = lookup("position_embeddings", o.positions, places);
  b.set_origin("bert.embeddings");
  ValueId x = b.layer_norm(b.sum(b.sum(words, kinds), positions));
  b.set_origin("bert.attention_mask");
  ValueId additive = b.additive_mask(mask);
  auto activation = [&](ValueId y) {
    if (o.activation == Activation::gelu) return b.gelu(y);
    if (o.activation == Activation::gelu_tanh) return b.gelu_tanh(y);
    return b.add(ops::Act{o.activation}, {y});
  };
  for (int64_t i = 0; i < o.layers; ++i) {
    std::string layer = fmt::format("bert.encoder.layer.{}", i);
    b.set_origin(layer + ".attention.self");
    ValueId context = b.self_attention(x, additive, o.heads);
    b.set_origin(layer + ".attention.output");
    x = b.layer_norm(b.sum(b.linear(context, hidden), x));
    b.set_origin(layer + ".intermediate");
    ValueId inner = activation(b.linear(x, o.intermediate));
    b.set_origin(layer + ".output");
    x = b.layer_norm(b.sum(b.linear(inner, hidden), x));
  }
  auto pooled = [&] {
    b.set_origin("bert.pooler");
    ValueId first = b.add(ops::SequencePool{ops::PoolMode::first}, {x, mask});
    return b.add(ops::Act{Activation::tanh}, {b.linear(first, hidden)});
  };
  switch (o.head) {
    case MiniHead::hidden:
      b.output("last_hidden_state", b.masked(x, mask));
      b.output("pooler_output", pooled());
      break;
    case MiniHead::fill_mask: {
      b.set_origin("cls.predictions.transform");
      ValueId y = b.layer_norm(activation(b.linear(x, hidden)));
      b.set_origin("cls.predictions.decoder");
      b.output("logits", b.masked(b.linear(y, o.vocab), mask));
      break;
    }
    case MiniHead::classify: {
      ValueId y = pooled();
      b.set_origin("classifier");
      b.output("logits", b.linear(y, o.labels));
      break;
    }
  }
  return std::move(b.network);
}

}  // namespace lathe::test
